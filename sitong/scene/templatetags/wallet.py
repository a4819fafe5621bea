"""How the wallet's entries are said on pages."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

from sitong.shared.i18n.formats import money_text

register = template.Library()

NAMES = {
    "top_up": _("Top-up"),
    "spend": _("Purchase"),
    "give_back": _("Given back"),
    "withdraw": _("Paid out"),
    "stayed": _("Settled when a join was undone"),
}


@register.filter
def entry_name(kind: str) -> str:
    """Say what an entry is."""
    return str(NAMES.get(kind, kind))


@register.filter
def signed_money(minor: int, currency: str = "CNY") -> str:
    """Say an amount with its sign."""
    return ("+" if minor > 0 else "−" if minor < 0 else "") + money_text(abs(minor), currency)
