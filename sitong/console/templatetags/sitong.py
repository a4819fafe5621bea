"""What templates write: money, quantities, times, icons, menus, pagers. Load with `{% load sitong %}`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from sitong.console.menu import entry_open, leads_somewhere, menu_of
from sitong.shared.i18n import formats
from sitong.shared.money import Money

register = template.Library()
SPRITE = "vendor/tabler-icons-3.51.0/sprite.svg"
MENU_FOLDS_FROM = 20


@register.filter
def money(amount: Money | int | None, currency: str = "CNY") -> str:
    """Write minor units: `{{ order.total_minor|money:order.currency }}`; nothing for None."""
    return "" if amount is None else formats.money_text(amount, currency or "CNY")


@register.filter
def money_parts(amount: Money | int | None, currency: str = "CNY") -> SafeString:
    """Write a price as shops do, with small sign and decimals."""
    text = money(amount, currency)
    sign = text.rstrip("0123456789.,")
    whole, dot, decimals = text[len(sign) :].partition(".")
    return format_html('<span class="price"><small>{}</small>{}<small>{}{}</small></span>', sign, whole, dot, decimals)


@register.filter
def number(value: int | float | None, digits: int | None = None) -> str:
    """Write a number with its thousands set apart."""
    return "" if value is None else formats.number_text(value, digits)


@register.filter
def percent(rate_bp: int | None) -> str:
    """Write basis points as a percentage."""
    return "" if rate_bp is None else formats.percent_text(rate_bp)


@register.filter
def quantity(units: int | None, weighed: bool = False) -> str:
    """Write base units: pieces, or grams when weighed."""
    return "" if units is None else formats.quantity_text(units, weighed)


@register.filter
def moment(at: datetime | None, zone: str = "") -> str:
    """Write an instant in the zone, day and hour."""
    return "" if at is None else formats.moment_text(at, zone or settings.TIME_ZONE, "short")


@register.filter
def moment_long(at: datetime | None, zone: str = "") -> str:
    """Write an instant in the zone with its year."""
    return "" if at is None else formats.moment_text(at, zone or settings.TIME_ZONE, "medium")


@register.filter
def hour(at: datetime | None, zone: str = "") -> str:
    """Write the hour of an instant in the zone."""
    return "" if at is None else formats.moment_text(at, zone or settings.TIME_ZONE, "time")


@register.filter
def day(on: date | None, form: str = "medium") -> str:
    """Write a date: short, medium or long."""
    return "" if on is None else formats.day_text(on, form)


@register.filter
def said(thing: Any, field: str = "name") -> str:
    """Give the thing's name (or another field) in the active language: `name_en` in English where there is one."""
    if (get_language() or "").startswith("en"):
        english = thing.get(f"{field}_en") if isinstance(thing, dict) else getattr(thing, f"{field}_en", "")
        if english:
            return str(english)
    return str(thing.get(field, "") if isinstance(thing, dict) else getattr(thing, field, ""))


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Draw an icon of the vendored sprite; it takes the color of the text around it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', extra, static(SPRITE), name
    )


@register.simple_tag
def address_if(address: str) -> str:
    """Give the address if there is such a page, else nothing."""
    return address if leads_somewhere(address) else ""


@register.simple_tag(takes_context=True)
def menu(context: template.Context) -> list[dict[str, Any]]:
    """Give the menu of whoever is signed in: `{% menu as entries %}`, each with `here` for the page that is open."""
    request = context.get("request")
    viewer = getattr(request, "viewer", None)
    if request is None or viewer is None:
        return []
    entries = menu_of(viewer)
    here = entry_open(entries, request.path)
    return [
        {
            "address": entry.address, "label": entry.label, "icon": entry.icon, "section": entry.section, "tab": entry.tab,
            "here": entry is here,
        }
        for entry in entries
    ]  # fmt: skip


@register.filter
def in_sections(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give a menu's entries by section, each with `open`: it holds the page that is open, or the menu is short anyway."""
    sections: list[dict[str, Any]] = []
    for entry in entries:
        if entry["section"] or not sections:
            sections.append({"heading": entry["section"], "entries": [], "open": len(entries) <= MENU_FOLDS_FROM})
        sections[-1]["entries"].append(entry)
        sections[-1]["open"] |= entry["here"]
    return sections


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changed: Any) -> str:
    """Give this page's query string with some keys changed (None takes one away): links of pagers and filters."""
    query = context["request"].GET.copy()
    for key, value in changed.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = value
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag
def other_languages() -> list[dict[str, str | bool]]:
    """Give the languages with their own names, the active one marked."""
    active = get_language()
    return [{"code": code, "name": name, "active": code == active} for code, name in settings.LANGUAGES]


@register.simple_tag
def htmx_config() -> SafeString:
    """Give htmx its settings in a meta tag, without scripts of its own making: the content policy forbids them."""
    return mark_safe(
        '<meta name="htmx-config" content=\'{"allowEval":false,"includeIndicatorStyles":false,'
        '"selfRequestsOnly":true,"historyCacheSize":0,"timeout":20000}\'>'
    )
