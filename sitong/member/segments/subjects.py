"""The catalog of what rules may ask of members: subjects, their fields, and what they are called. Pure.

A **subject** is a kind of facts about members; a **fact** is one row of it. The lake keeps each subject as a table with
just these columns, and the readers of single members (`deeds.py` of the topics) give rows with just these fields, so one
rule means the same everywhere. docs/segments.md says what each word of a rule means.

- A field is never null: unknown is '' or 0 or false.
- Ids are 32 hexadecimal digits as text, without dashes.
- `at` is an instant in UTC to the microsecond, `on` its business date in the brand's zone. A fact whose `on` is after the
  day that is asked about is not there yet.
- `ordinal`, the member's short key, stands in each table of the lake and in no row of a reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from django.utils.translation import pgettext_lazy

from sitong.member.segments.choices import (
    CHANNELS,
    COUPONS,
    KEYS,
    MESSAGE_CHANNELS,
    MESSAGES,
    POINTS,
    SCENES,
    VISITS,
    Choices,
)

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Kind = Literal["text", "integer", "date", "instant", "boolean"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a subject.

    `of` says what the values are, so that a page can offer them: "store", "product", "sku", "category", "department",
    "coupon", "tag", "template" (ids), "source", "tier" (codes of the brand), "money" (minor units), else "".
    `choices` are the codes of a field that has few, with their names; `open`: others may occur. `asked`: may stand in
    conditions; `measured`: may be summed, averaged, compared by its highest and lowest; `told_apart`: its different values
    may be counted.
    """

    name: str
    kind: Kind
    label: _StrOrPromise
    of: str = ""
    choices: Choices = ()
    open: bool = False
    asked: bool = True
    measured: bool = False
    told_apart: bool = False
    lake_only: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of facts. `timed`: each has `at` and `on`. `back`: the field that is true for what came back; such facts enter
    sums and averages and nothing else. `deed`: rules ask for it with "did"."""

    name: str
    label: _StrOrPromise
    fields: tuple[Field, ...]
    timed: bool = True
    back: str = ""
    deed: bool = True

    def field(self, name: str) -> Field | None:
        """Give one field by its name."""
        return next((one for one in self.fields if one.name == name), None)

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the fields that a reader of single members gives, in their order."""
        return tuple(one.name for one in self.fields if not one.lake_only)


ORDINAL: Final = Field("ordinal", "integer", "", asked=False, lake_only=True)
AT: Final = Field("at", "instant", pgettext_lazy("segment", "instant"), asked=False)
ON: Final = Field("on", "date", pgettext_lazy("segment", "day"), asked=False, told_apart=True)
WHEN: Final = (ORDINAL, AT, ON)
STORE: Final = Field("store_id", "text", pgettext_lazy("segment", "store"), of="store", told_apart=True)
CHANNEL: Final = Field(
    "channel", "text", pgettext_lazy("segment", "channel"), choices=CHANNELS, open=True, told_apart=True
)
SCENE: Final = Field("scene", "text", pgettext_lazy("segment", "scene"), choices=SCENES, open=True, told_apart=True)
TOTAL: Final = Field("total_minor", "integer", pgettext_lazy("segment", "amount"), of="money", measured=True)
DISCOUNT: Final = Field("discount_minor", "integer", pgettext_lazy("segment", "discount"), of="money", measured=True)

MEMBERS: Final = Subject(
    "members",
    pgettext_lazy("segment", "member"),
    (
        ORDINAL,
        Field("member_id", "text", "", asked=False),
        Field("joined_at", "instant", pgettext_lazy("segment", "instant of joining"), asked=False),
        Field("joined_on", "date", pgettext_lazy("segment", "day of joining")),
        Field("source", "text", pgettext_lazy("segment", "source"), of="source"),
        Field("store_id", "text", pgettext_lazy("segment", "home store"), of="store"),
        Field("birthday_month", "integer", pgettext_lazy("segment", "month of birth")),
        Field("birthday_day", "integer", pgettext_lazy("segment", "day of birth")),
        Field("tier", "text", pgettext_lazy("segment", "tier"), of="tier"),
        Field("points", "integer", pgettext_lazy("segment", "points ready to spend")),
        Field("marketing", "boolean", pgettext_lazy("segment", "agreed to marketing")),
        Field("account", "boolean", pgettext_lazy("segment", "has signed in")),
    ),
    timed=False,
    deed=False,
)
"""One row for each member that stands for itself and is not erased, as it is now. `points`: ready ones. `marketing`: the
newest answer to the purpose `marketing` towards the brand is yes."""

DERIVED: Final = (
    Field("joined_days", "integer", pgettext_lazy("segment", "days since joining")),
    Field("birthday_in_days", "integer", pgettext_lazy("segment", "days until the next birthday")),
)
"""What "is" may ask beside the columns of `members`, reckoned on the day that is asked about. `joined_days` is 0 on the day
of joining. `birthday_in_days` is 0 on the birthday; in a year that has no 29 February, that birthday is on the 28th. A
member whose birthday is unknown has no such number, and no comparison with it holds."""

IDENTITIES: Final = Subject(
    "identities",
    pgettext_lazy("segment", "identities"),
    (
        ORDINAL,
        Field("kind", "text", pgettext_lazy("segment", "kind"), choices=KEYS, told_apart=True),
        Field("app", "text", pgettext_lazy("segment", "app or marketplace"), told_apart=True),
        Field("proven_at", "instant", pgettext_lazy("segment", "instant of proof"), asked=False),
    ),
    timed=False,
)
"""The certain keys by which a member is known, also those of who was joined into it. The phone is one, of kind `phone`,
proven when the member joined."""

ORDERS: Final = Subject(
    "orders",
    pgettext_lazy("segment", "orders"),
    (
        *WHEN,
        Field("order_id", "text", "", asked=False),
        STORE,
        CHANNEL,
        SCENE,
        TOTAL,
        DISCOUNT,
        Field("items", "integer", pgettext_lazy("segment", "pieces"), measured=True),
    ),
)
"""Paid orders, handed over or not, as they were paid; one that was canceled is not there. `at` is when it was placed.
`items` is the sum of its lines' `quantity`. What came back later changes nothing here: it stands in `lines`."""

LINES: Final = Subject(
    "lines",
    pgettext_lazy("segment", "goods bought"),
    (
        *WHEN,
        Field("order_id", "text", "", asked=False, told_apart=True),
        STORE,
        CHANNEL,
        SCENE,
        Field("product_id", "text", pgettext_lazy("segment", "product"), of="product", told_apart=True),
        Field("sku_id", "text", pgettext_lazy("segment", "SKU"), of="sku", told_apart=True),
        Field("category_id", "text", pgettext_lazy("segment", "category"), of="category", told_apart=True),
        Field("department_id", "text", pgettext_lazy("segment", "department"), of="department", told_apart=True),
        Field("quantity", "integer", pgettext_lazy("segment", "pieces"), measured=True),
        TOTAL,
        DISCOUNT,
        Field("back", "boolean", pgettext_lazy("segment", "came back"), asked=False),
        Field("returned_at", "instant", "", asked=False, lake_only=True),
    ),
    back="back",
)
"""Lines of the paid orders; what is weighed counts 1. What came back is a fact of its own with `back` true, with the
purchase's `at`, `on` and ids and negative `quantity`, `total_minor` and `discount_minor`, so that sums are what was kept."""

POINTS_GOT: Final = Subject(
    "points",
    pgettext_lazy("segment", "points"),
    (
        *WHEN,
        Field("amount", "integer", pgettext_lazy("segment", "points"), measured=True),
        Field("reason", "text", pgettext_lazy("segment", "reason"), choices=POINTS, open=True, told_apart=True),
    ),
)
"""Each change of a member's ready points, signed; pending ones are not there until they are ready."""

COUPON_DEEDS: Final = Subject(
    "coupons",
    pgettext_lazy("segment", "coupons"),
    (
        *WHEN,
        Field("claim_id", "text", "", asked=False),
        Field("coupon_id", "text", pgettext_lazy("segment", "coupon"), of="coupon", told_apart=True),
        Field("what", "text", pgettext_lazy("segment", "what happened"), choices=COUPONS),
        Field("saved_minor", "integer", pgettext_lazy("segment", "amount saved"), of="money", measured=True),
    ),
)
"""What became of the coupons in a member's hands: `claimed` (given and bought ones too), `redeemed` (with what it saved; one
that was taken back is not there), `voided`, `expired` (at the end of its time, if it was neither redeemed nor voided).
`what` = `held` asks for the `claimed` facts of which no other fact of the same `claim_id` is there on the day asked about."""

SCANS: Final = Subject(
    "scans",
    pgettext_lazy("segment", "scans of codes"),
    (
        *WHEN,
        Field("product_id", "text", pgettext_lazy("segment", "product"), of="product", told_apart=True),
        Field("first", "boolean", pgettext_lazy("segment", "the code's first scan")),
    ),
)
"""Codes on goods that a member scanned. `first`: no consumer had scanned the code before."""

VISITED: Final = Subject(
    "visits",
    pgettext_lazy("segment", "visits"),
    (
        *WHEN,
        STORE,
        Field("kind", "text", pgettext_lazy("segment", "kind"), choices=VISITS, told_apart=True),
        Field("cell", "text", pgettext_lazy("segment", "place (H3 cell)"), of="cell", told_apart=True),
    ),
)
"""When a member was in a store, as a document says. `cell` is the store's H3 cell of resolution 7, '' if unknown."""

MESSAGED: Final = Subject(
    "messages",
    pgettext_lazy("segment", "messages"),
    (
        *WHEN,
        Field(
            "channel", "text", pgettext_lazy("segment", "channel"), choices=MESSAGE_CHANNELS, open=True, told_apart=True
        ),
        Field("template_id", "text", pgettext_lazy("segment", "template"), of="template", told_apart=True),
        Field("what", "text", pgettext_lazy("segment", "what happened"), choices=MESSAGES),
        Field("cause", "text", pgettext_lazy("segment", "cause"), told_apart=True),
    ),
)
"""What became of messages to a member, one fact for each thing that happened to one."""

TAGGED: Final = Subject(
    "tags",
    pgettext_lazy("segment", "tags"),
    (
        ORDINAL,
        Field("tag_id", "text", pgettext_lazy("segment", "tag"), of="tag", asked=False),
        Field("at", "instant", "", asked=False),
        Field("held", "boolean", "", asked=False),
    ),
    timed=False,
    deed=False,
)
"""Tags put on by hand and taken away: of the facts of one member and tag the newest holds, of two at one instant the one
that says no. Asked for with {"tag": id}, as it is now, whatever the day."""

TIERS: Final = Subject(
    "tiers",
    pgettext_lazy("segment", "changes of tier"),
    (
        *WHEN,
        Field("code", "text", pgettext_lazy("segment", "tier"), of="tier", told_apart=True),
        Field("level", "integer", pgettext_lazy("segment", "level"), measured=True),
    ),
)
"""Each change of a member's tier: the code and the number of the level that it has from then on ('' and 0: none)."""

SUBJECTS: Final = MappingProxyType({
    one.name: one
    for one in (
        MEMBERS, IDENTITIES, ORDERS, LINES, POINTS_GOT, COUPON_DEEDS, SCANS, VISITED, MESSAGED, TAGGED, TIERS,
    )
})  # fmt: skip
"""All subjects by name."""
