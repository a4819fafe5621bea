"""How the wallet is said at headquarters."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

NAMES = {
    "top_up": _("Top-up"),
    "spend": _("Purchase"),
    "give_back": _("Given back"),
    "withdraw": _("Paid out"),
    "stayed": _("Settled when a join was undone"),
}


@register.filter
def entry_said(kind: str) -> str:
    """Say what an entry is."""
    return str(NAMES.get(kind, kind))


@register.filter
def yuan(minor: int) -> str:
    """Write minor units as a form takes them: 500000 is 5000.00."""
    return f"{minor // 100}.{minor % 100:02d}"
