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

# The first of these that stands in the English name of the category names the drawing; narrower words stand first.
DRAWINGS_BY_WORD = (
    ("ice cream", "ice-cream"), ("novelt", "ice-cream"), ("frozen", "frozen"), ("frzn", "frozen"), ("salad", "salad"), ("baby", "baby"), ("infant", "baby"),
    ("diaper", "baby"), ("dog", "pet"), ("cat ", "pet"), ("pet", "pet"), ("bird", "pet"), ("paper", "paper"), ("tissue", "paper"), ("napkin", "paper"),
    ("milk", "dairy"), ("yogurt", "dairy"), ("cheese", "dairy"), ("butter", "dairy"), ("egg", "dairy"), ("dairy", "dairy"), ("coffee", "coffee"),
    ("tea", "coffee"), ("cocoa", "coffee"), ("water", "water"), ("juice", "beverages"), ("soft drink", "beverages"), ("drink", "beverages"),
    ("beverage", "beverages"), ("beer", "spirits"), ("wine", "spirits"), ("liquor", "spirits"), ("bread", "bakery"), ("bun", "bakery"), ("roll", "bakery"),
    ("bakery", "bakery"), ("cake", "pastry"), ("cookie", "pastry"), ("pie", "pastry"), ("candy", "candy"), ("chocolate", "candy"), ("snack", "snacks"),
    ("chip", "snacks"), ("cracker", "snacks"), ("nut", "snacks"), ("popcorn", "snacks"), ("noodle", "noodles"), ("pasta", "noodles"), ("soup", "noodles"),
    ("rice", "rice"), ("cereal", "rice"), ("flour", "rice"), ("baking", "rice"), ("can ", "canned"), ("canned", "canned"), ("sauce", "canned"),
    ("beans", "canned"), ("seafood", "seafood"), ("fish", "seafood"), ("shrimp", "seafood"), ("chicken", "meat"), ("beef", "meat"), ("pork", "meat"),
    ("turkey", "meat"), ("bacon", "meat-packaged"), ("sausage", "meat-packaged"), ("lunchmeat", "meat-packaged"), ("hot dog", "meat-packaged"),
    ("potato", "vegetables"), ("onion", "vegetables"), ("tomato", "vegetables"), ("carrot", "vegetables"), ("veg", "vegetables"), ("mushroom", "vegetables"),
    ("fruit", "produce"), ("apple", "produce"), ("berr", "produce"), ("citrus", "produce"), ("grape", "produce"), ("melon", "produce"),
    ("vitamin", "nutrition"), ("pill", "drug"), ("cold", "drug"), ("pain", "drug"), ("antacid", "drug"), ("hair", "cosmetics"), ("makeup", "cosmetics"),
    ("fragrance", "cosmetics"), ("soap", "household"), ("laundry", "household"), ("clean", "household"), ("bleach", "household"), ("detergent", "household"),
    ("air care", "household"), ("greeting", "cards"), ("card", "cards"), ("gift", "cards"), ("magazine", "books"), ("book", "books"), ("toy", "toys"),
    ("cook", "kitchen"), ("kitchen", "kitchen"), ("houseware", "housewares"), ("garden", "garden"), ("plant", "garden"), ("flower", "floral"),
    ("rose", "floral"), ("bouquet", "floral"), ("auto", "automotive"), ("hardware", "hardware"), ("photo", "photo"), ("coupon", "coupon"),
)  # fmt: skip


@lru_cache(maxsize=1)
def drawings() -> frozenset[str]:
    """Name the drawings that there are."""
    return frozenset(file.stem for file in DRAWINGS.glob("*.svg"))


@register.simple_tag
def drawing(thing: Any, size: int = 40) -> SafeString:
    """Show a product's or category's picture: its own address or drawing, else one by the words or the drawing of its category."""
    category = getattr(thing, "category", None)
    own = getattr(thing, "picture", "") or ""
    if own.startswith(("/", "https://")):
        return _image(own, size)
    drawn = (
        own
        or drawing_by_word(getattr(category, "name_en", ""))
        or getattr(category, "picture", "")
        or drawing_by_word(getattr(thing, "name_en", ""))
    )
    return _image(static(f"goods/pictures/{drawn if drawn in drawings() else ANYTHING}.svg"), size)


@lru_cache(maxsize=10_000)
def drawing_by_word(words: str) -> str:
    """Name the drawing that suits a category's English name, '' for none."""
    words = f"{words.lower()} "
    return next((drawn for word, drawn in DRAWINGS_BY_WORD if word in words), "")


def _image(address: str, size: int) -> SafeString:
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
