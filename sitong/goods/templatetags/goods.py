"""What the goods' templates draw. Load with `{% load goods %}`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sitong.goods.catalog.rules import shown_gtin

register = template.Library()
DRAWINGS = Path(__file__).parents[1] / "static" / "goods" / "pictures"
ANYTHING = "miscellaneous"


@lru_cache(maxsize=1)
def drawings() -> frozenset[str]:
    """Name the drawings that there are."""
    return frozenset(file.stem for file in DRAWINGS.glob("*.svg"))


@register.simple_tag
def drawing(thing: Any, size: int = 40) -> SafeString:
    """Show a product's or category's picture: its own address, or the drawing that it or its category names."""
    named = getattr(thing, "picture", "") or getattr(getattr(thing, "category", None), "picture", "") or ""
    own = named.startswith(("/", "https://"))
    address = named if own else static(f"goods/pictures/{named if named in drawings() else ANYTHING}.svg")
    return format_html(
        '<img class="goods-picture" src="{}" width="{}" height="{}" alt="" loading="lazy" decoding="async">',
        address,
        size,
        size,
    )


@register.filter
def gtin(kept: str) -> str:
    """Write a kept GTIN as it is printed."""
    return shown_gtin(kept)
