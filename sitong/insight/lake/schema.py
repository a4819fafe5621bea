"""What stands in the lake: its tables, their columns, how each is cut into partitions. Pure; docs/lake.md is made from it.

A fact table has the columns of the subject of the same name (`member.segments.subjects`), so that a rule means the same
here and at the one-member check; whole tables of names stand beside them. A change that old files do not have raises
`VERSION`: readers take files of their own version alone, and the lake is made anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "date", "instant", "boolean"]
Cut = Literal["month", "block", "whole"]

VERSION = 1

BLOCK = 1_000_000
"""So many members stand in one partition of a table that is cut by their ordinals."""

WHOLE = "all"

PART, MADE, GONE = "lake_part", "lake_version", "lake_gone"
"""Columns that files have beside the table's own: partition, version of the piece, and "this member has nothing here any more"."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Never null, but where `may_lack`: unknown is '' or 0."""

    name: str
    kind: Kind
    meaning: str
    may_lack: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the lake. Cut by the month of `on` ("month"), by a million members ("block"), or not at all ("whole")."""

    name: str
    cut: Cut
    meaning: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def of_members(self) -> bool:
        """Whether its rows belong to members: kept up to date member by member. The others are replaced whole."""
        return self.cut != "whole"

    @property
    def sorted_by(self) -> tuple[str, ...]:
        """Name the columns by which a file's rows are sorted: lines by what was bought, so that who asks for a product or a
        category opens the row groups that have it; all else by member and instant."""
        wanted = ("category_id", "product_id", "ordinal", "at") if self.name == "lines" else ("ordinal", "at")
        return tuple(name for name in wanted if name in self.names) or self.names[:1]


def _columns(*texts: str) -> tuple[Column, ...]:
    """Read "name kind: meaning"; a kind with "?" may be lacking."""
    made = []
    for text in texts:
        head, _, meaning = text.partition(": ")
        name, kind = head.split()
        made.append(Column(name, kind.rstrip("?"), meaning, kind.endswith("?")))  # type: ignore[arg-type]
    return tuple(made)


ORDINAL = "ordinal integer: the member's short key; of the one who stays, where members were joined"
AT = "at instant: when it happened, UTC"
ON = "on date: its business date"
STORE = "store_id text: the store"

TABLES: dict[str, Table] = {table.name: table for table in (
    Table("members", "block", "Each member that stands for itself and is not erased.", _columns(
        ORDINAL,
        "member_id text: its id",
        "joined_at instant: when it joined, UTC",
        "joined_on date: the same as a date in the brand's zone",
        "source text: where it came from",
        "store_id text: home store; '' if none",
        "birthday_month integer: 1 to 12; 0 if unknown",
        "birthday_day integer: 1 to 31; 0 if unknown",
        "tier text: code of its tier; '' if none",
        "points integer: ready points",
        "marketing boolean: has consented to marketing",
        "account boolean: has signed in",
    )),
    Table("identities", "block", "Each certain key by which a member is known; never its value.", _columns(
        ORDINAL,
        "kind text: phone, wechat_union, wechat_open, alipay, card, wecom_contact, buyer",
        "app text: the WeChat app or the marketplace; else ''",
        "proven_at instant: when it was proven to be the member's, UTC",
    )),
    Table("orders", "month", "Each order of a member that is paid or handed over.", _columns(
        ORDINAL,
        AT,
        ON,
        "order_id text: the order",
        STORE,
        "channel text: the channel",
        "scene text: the scene",
        "total_minor integer: what was paid",
        "discount_minor integer: what was taken off",
        "items integer: pieces; a weighed line counts 1",
    )),
    Table("lines", "month", "Each line of such an order, and each line that came back: below zero, at the purchase's own time.", _columns(
        ORDINAL,
        "at instant: when it was bought, UTC",
        "on date: the purchase's business date",
        "order_id text: the order",
        STORE,
        "channel text: the channel",
        "scene text: the scene",
        "product_id text: the product; '' if it is not known any more",
        "sku_id text: the SKU",
        "category_id text: the product's category now; '' if none",
        "department_id text: the category above it; '' if none",
        "quantity integer: pieces; weighed counts 1; below zero for what came back",
        "total_minor integer: what was paid for it; below zero for what came back",
        "discount_minor integer: what was taken off; below zero for what came back",
        "back boolean: this came back",
        "returned_at instant?: when it came back, UTC",
    )),
    Table("points", "block", "Each change of a member's ready points.", _columns(
        ORDINAL, AT, ON, "amount integer: how many; below zero: taken", "reason text: kind of the entry",
    )),
    Table("coupons", "block", "What happened to each coupon in members' hands.", _columns(
        ORDINAL,
        AT,
        ON,
        "claim_id text: the coupon in the member's hands",
        "coupon_id text: the coupon",
        "what text: claimed, redeemed, voided, expired",
        "saved_minor integer: what it took off when it was redeemed",
    )),
    Table("scans", "month", "Each code that a member scanned.", _columns(
        ORDINAL, AT, ON, "product_id text: the product; '' if not known", "first boolean: nobody had scanned it before",
    )),
    Table("visits", "block", "Each time that a member was in a store.", _columns(
        ORDINAL, AT, ON, STORE, "kind text: bought, fetched, scanned, checked_in", "cell text: H3 cell; '' if unknown",
    )),
    Table("messages", "month", "What became of each message to a member.", _columns(
        ORDINAL,
        AT,
        ON,
        "channel text: how it was sent",
        "template_id text: the template",
        "what text: sent, delivered, failed, opened, clicked",
        "cause text: what it was sent for",
    )),
    Table("tags", "block", "Each tag that members have.", _columns(
        ORDINAL, "tag_id text: the tag", "at instant: since when, UTC", "held boolean: true while it has it",
    )),
    Table("tiers", "block", "Each time that a member's tier changed.", _columns(
        ORDINAL, AT, ON, "code text: the new tier; '' for none", "level integer: its level; 0 for none",
    )),
    Table("stores", "whole", "The brand's stores, by name.", _columns(
        "store_id text: the store", "code text: its code", "name text: its name", "name_en text: its name in English",
        "dealer_id text: the dealer above it; '' if none", "kind text: who runs it", "city text: its city",
    )),
    Table("products", "whole", "The brand's products, by name.", _columns(
        "product_id text: the product", "code text: its code", "name text: its name", "name_en text: its name in English",
        "category_id text: its category; '' if none", "department_id text: the category above it; '' if none",
    )),
    Table("categories", "whole", "The brand's categories and departments, by name.", _columns(
        "category_id text: the category", "parent_id text: its department; '' if it is one", "code text: its code",
        "name text: its name", "name_en text: its name in English",
    )),
    Table("coupon_names", "whole", "The brand's coupons, by name.", _columns(
        "coupon_id text: the coupon", "name text: its name", "name_en text: its name in English", "kind text: what it gives",
    )),
)}  # fmt: skip
"""Every table by its name."""

OF_MEMBERS = tuple(name for name, table in TABLES.items() if table.of_members)
DIMENSIONS = tuple(name for name, table in TABLES.items() if not table.of_members)

DUCKDB_TYPES = {"text": "VARCHAR", "integer": "BIGINT", "date": "DATE", "instant": "TIMESTAMP", "boolean": "BOOLEAN"}
SPARK_TYPES = {"text": "STRING", "integer": "BIGINT", "date": "DATE", "instant": "TIMESTAMP_NTZ", "boolean": "BOOLEAN"}


def part_of_day(on: str) -> str:
    """Give the partition of a day that is written "2026-03-03"."""
    return on[:7]


def part_of_ordinal(ordinal: int) -> str:
    """Give the partition of a member in a table that is cut by ordinals."""
    return f"b{ordinal // BLOCK:05d}"
