"""What the mini shop's templates draw. Load with `{% load shop %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from sitong.goods.templatetags.goods import ANYTHING, drawing_by_word, drawings

register = template.Library()
STATES = {
    "placed": _("To be paid"),
    "paid": _("Ready to be fetched"),
    "handed_over": _("Handed over"),
    "canceled": _("Canceled"),
    "expired": _("Not paid in time"),
}
STEPS = {
    "placed": _("Order placed"),
    "paid": _("Paid"),
    "handed_over": _("Handed over in the store"),
    "canceled": _("Canceled"),
    "expired": _("Expired: it was not paid in time"),
}


@register.simple_tag(takes_context=True)
def picture(context: template.Context, thing: Any) -> SafeString:
    """Show a product's (or category's) picture; without one, a drawing by its category's English name.

    The context's `categories` (by id) name the category.
    """
    address = getattr(thing, "picture", "") or ""
    if not address.startswith(("/", "https://")):
        known = context.get("categories") or {}
        category = known.get(getattr(thing, "category_id", None) or getattr(thing, "id", None))
        words = (category.name_en or category.name) if category else getattr(thing, "name_en", "")
        named = drawing_by_word(words) or address
        address = static(f"goods/pictures/{named if named in drawings() else ANYTHING}.svg")
    return format_html('<img class="shop-picture" src="{}" alt="" loading="lazy" decoding="async">', address)


@register.filter
def state_name(state: str) -> str:
    """Say in which state an order is."""
    return str(STATES.get(state, state))


@register.filter
def step_name(step: str) -> str:
    """Say what happened to an order."""
    return str(STEPS.get(step, step))


@register.filter
def within(things: dict[Any, Any], key: Any) -> Any:
    """Give what a dictionary holds under a key, None for nothing."""
    return things.get(key)


@register.filter
def basis_points(rate_bp: int) -> str:
    """Write basis points as percent, without needless zeros."""
    return f"{rate_bp / 100:g}"
