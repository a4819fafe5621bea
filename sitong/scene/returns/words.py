"""What reasons, conditions, ways and steps of returns are called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

REASONS: dict[str, Any] = {
    "unwanted": _("Not wanted any more"),
    "wrong": _("Not what was ordered"),
    "defect": _("Does not work or is faulty"),
    "damaged": _("Damaged on the way"),
    "late": _("Came too late"),
    "expired": _("Past its date"),
    "other": _("Another reason"),
}
CONDITION_NAMES: dict[str, Any] = {"resellable": _("Can be sold again"), "damaged": _("Damaged")}
WAYS: dict[str, Any] = {"counter": _("At the counter"), "post": _("By post")}
KINDS: dict[str, Any] = {
    "cash": _("Cash, out of the drawer"),
    "wallet": _("To the member's wallet"),
    "wechat": _("To WeChat, the way it came"),
    "exchange": _("The way the exchanged goods were paid"),
}
STATES: dict[str, Any] = {
    "asked": _("Asked"),
    "approved": _("Approved: send it"),
    "sent": _("On its way"),
    "received": _("Received, money back"),
    "refused": _("Refused"),
    "withdrawn": _("Called off"),
}
REFUND_STATES: dict[str, Any] = {"asked": _("on its way"), "done": _("done"), "failed": _("failed, is looked at")}
