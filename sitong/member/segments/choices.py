"""The codes of fields that have few, with their names: what a page offers, what `words_of` reads aloud. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Choices: TypeAlias = "tuple[tuple[str, _StrOrPromise], ...]"

CHANNELS: Final[Choices] = (
    ("mini_shop", _("Mini shop")),
    ("pos", _("Till")),
    ("livestream", _("Livestream")),
    ("marketplace", _("Marketplace")),
    ("group", _("Community group")),
    ("guide", _("Guide")),
)
"""Where orders are placed, as scene's channels name them; a test holds that both are the same."""

SCENES: Final[Choices] = (
    ("store", _("In the store")),
    ("scan", _("Scanned a code")),
    ("search", _("Search")),
    ("livestream", _("Livestream")),
    ("short_video", _("Short video")),
    ("group", _("Community group")),
    ("guide", _("Guide")),
    ("note", _("Note")),
    ("friend", _("From a friend")),
    ("ad", _("Advertisement")),
    ("poster", _("Poster")),
    ("card", _("Card")),
    ("coupon", _("Coupon")),
    ("campaign", _("Campaign")),
    ("marketplace", _("Marketplace")),
    ("phone", _("Telephone")),
    ("till", _("Till")),
    ("other", _("Other")),
)
"""What brought the member. A brand may use codes of its own, so these are the known ones, not all."""

KEYS: Final[Choices] = (
    ("phone", pgettext_lazy("segment", "phone number")),
    ("wechat_union", pgettext_lazy("segment", "WeChat")),
    ("wechat_open", pgettext_lazy("segment", "WeChat in one app")),
    ("alipay", pgettext_lazy("segment", "Alipay")),
    ("card", pgettext_lazy("segment", "member card")),
    ("wecom_contact", pgettext_lazy("segment", "WeCom contact")),
    ("buyer", pgettext_lazy("segment", "marketplace account")),
)

POINTS: Final[Choices] = (
    ("matured", _("Ready to be spent")),
    ("spent", _("Spent")),
    ("given_back", _("Given back")),
    ("taken_back", _("Taken back for a return")),
    ("expired", _("Expired")),
    ("gift", _("Gift points")),
    ("birthday", _("Birthday gift")),
    ("by_hand", _("Given by the brand")),
    ("opening", _("Brought along")),
    ("moved_out", _("Moved to the other membership")),
    ("moved_in", _("From the other membership")),
)

HELD: Final = "held"
"""No fact says so: a coupon that was claimed and neither redeemed nor voided nor has expired."""

COUPONS: Final[Choices] = (
    ("claimed", pgettext_lazy("segment", "claimed")),
    ("redeemed", pgettext_lazy("segment", "redeemed")),
    ("voided", pgettext_lazy("segment", "made void")),
    ("expired", pgettext_lazy("segment", "expired unused")),
    (HELD, pgettext_lazy("segment", "held now")),
)

VISITS: Final[Choices] = (
    ("bought", pgettext_lazy("segment", "bought there")),
    ("fetched", pgettext_lazy("segment", "fetched an order")),
    ("scanned", pgettext_lazy("segment", "showed the member code")),
    ("checked_in", pgettext_lazy("segment", "checked in")),
)

MESSAGE_CHANNELS: Final[Choices] = (
    ("sms", pgettext_lazy("segment", "text message")),
    ("wechat", pgettext_lazy("segment", "WeChat subscribe message")),
    ("wecom", pgettext_lazy("segment", "WeCom")),
    ("email", pgettext_lazy("segment", "e-mail")),
    ("voice", pgettext_lazy("segment", "voice call")),
)

MESSAGES: Final[Choices] = (
    ("sent", pgettext_lazy("segment", "sent")),
    ("delivered", pgettext_lazy("segment", "delivered")),
    ("failed", pgettext_lazy("segment", "failed")),
    ("opened", pgettext_lazy("segment", "opened")),
    ("clicked", pgettext_lazy("segment", "clicked")),
)
