"""How payments are said on pages."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

KINDS = {"wechat": _("WeChat Pay"), "cash": _("Cash"), "wallet": _("Wallet")}
DIFFERENCES = {
    "payment_missing": _("Paid with the provider, not with us"),
    "payment_differs": _("Another amount was paid"),
    "payment_reversed": _("Reversed with the provider, paid with us"),
    "payment_unknown": _("Paid with us, not on the bill"),
    "refund_missing": _("Given back by the provider, not by us"),
    "refund_differs": _("Another amount was given back"),
    "refund_unknown": _("Given back by us, not on the bill"),
}


@register.filter
def payment_kind(kind: str) -> str:
    """Say by which way was paid."""
    return str(KINDS.get(kind, kind))


@register.filter
def difference_name(code: str) -> str:
    """Say what does not agree."""
    return str(DIFFERENCES.get(code, code))
