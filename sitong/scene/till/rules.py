"""Pure arithmetic of a till: tenders, change, the drawer's cash, labels of scales."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sitong.scene.cart.rules import GRAMS_PER_KILOGRAM, LineWanted, amount_minor

CASH, WALLET, CODE = "cash", "wallet", "code"
KINDS = (CASH, WALLET, CODE)
DENOMINATIONS_MINOR = (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10)
"""Notes and coins of the renminbi that are handed out today, in fen."""
LOOSE = "1"
"""Counted in single minor units: odd coins, and drawers of other currencies."""


@dataclass(frozen=True, slots=True)
class TenderWanted:
    """A part of what is paid: of which kind, how much of it is kept, and for cash how much was handed over."""

    kind: str
    amount_minor: int
    given_minor: int | None = None


@dataclass(frozen=True, slots=True)
class SaleWanted:
    """A sale as it arrives from a register. `id` was made by the till and is the order's id too.

    `expected_total_minor` is what the screen said; the tenders add up to it. `best_coupons`: the best lawful combination
    of the member's coupons; else exactly `coupon_claim_ids`. `points` is how many are spent.
    """

    id: UUID
    brand_id: UUID
    store_id: UUID
    register_id: UUID
    lines: tuple[LineWanted, ...]
    expected_total_minor: int
    tenders: tuple[TenderWanted, ...]
    member_id: UUID | None = None
    coupon_claim_ids: tuple[UUID, ...] = ()
    best_coupons: bool = False
    points: int = 0
    promise: str = ""
    by: UUID | None = None

    def part(self, kind: str) -> int:
        """Give how much of the total is paid in one way."""
        return sum([one.amount_minor for one in self.tenders if one.kind == kind])

    @property
    def given_minor(self) -> int:
        """Give the cash that was handed over."""
        return sum([
            one.amount_minor if one.given_minor is None else one.given_minor for one in self.tenders if one.kind == CASH
        ])  # fmt: skip


def tenders_fault(one: SaleWanted) -> str | None:
    """Say what is wrong with a sale's tenders, None when they are right: a kind twice, no amount, too little given, another sum."""
    kinds = [tender.kind for tender in one.tenders]
    if len(set(kinds)) != len(kinds) or set(kinds) - set(KINDS):
        return "kinds"
    if any(tender.amount_minor < 1 for tender in one.tenders):
        return "amount"
    if one.given_minor < one.part(CASH):
        return "given"
    if WALLET in kinds and one.member_id is None:
        return "member"
    return None if sum([tender.amount_minor for tender in one.tenders]) == one.expected_total_minor else "sum"


def content_hash(one: SaleWanted) -> bytes:
    """Give the digest by which a repeat is told from another sale of the same id. Who sent it does not matter."""
    lines = ";".join(sorted([f"{line.sku_id.hex}:{line.quantity}" for line in one.lines]))
    tenders = ";".join(sorted([f"{t.kind}:{t.amount_minor}:{t.given_minor}" for t in one.tenders]))
    claims = ";".join(sorted([claim.hex for claim in one.coupon_claim_ids]))
    text = f"{one.register_id.hex}|{one.member_id}|{one.expected_total_minor}|{one.points}|{one.best_coupons}|{lines}|{tenders}|{claims}"
    return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Drawer:
    """What moved a drawer's cash in one shift."""

    float_minor: int
    sales_minor: int = 0
    topups_minor: int = 0
    refunds_minor: int = 0
    moved_in_minor: int = 0
    moved_out_minor: int = 0

    @property
    def expected_minor(self) -> int:
        """Give what must lie in it: float + cash sales + cash top-ups − cash refunds + put in − taken out."""
        came = self.float_minor + self.sales_minor + self.topups_minor + self.moved_in_minor
        return came - self.refunds_minor - self.moved_out_minor


def counted_minor(count: Mapping[str, int]) -> int:
    """Give what a count by denomination comes to: {"10000": 3, "50": 2} is 301 yuan."""
    return sum([int(denomination) * pieces for denomination, pieces in count.items()])


def count_fault(count: Mapping[str, int]) -> bool:
    """Tell whether a count names a denomination that is none, or less than nothing of one."""
    known = {str(one) for one in DENOMINATIONS_MINOR} | {LOOSE}
    return any(denomination not in known or pieces < 0 for denomination, pieces in count.items())


def quick_amounts(due_minor: int) -> list[int]:
    """Give what people hand over for an amount: exactly it, then rounded up to 5, 10, 20, 50 and 100 yuan; rising, at most 5."""
    rounded = [-(-due_minor // note) * note for note in (500, 1_000, 2_000, 5_000, 10_000)]
    return sorted({due_minor, *rounded})[:5] if due_minor > 0 else []


def grams_of_label(price_minor: int, kilogram_minor: int) -> int:
    """Give the grams of a label that a scale printed with a price: the most that cost no more than the label says.

    What the sale then costs is the label's price, or less by at most what one gram costs.
    """
    if kilogram_minor <= 0 or price_minor <= 0:
        return 0
    grams = (2 * price_minor + 1) * GRAMS_PER_KILOGRAM // (2 * kilogram_minor)
    while grams > 0 and amount_minor(kilogram_minor, grams, weighed=True) > price_minor:
        grams -= 1
    return grams


def merged(lines: Iterable[LineWanted]) -> tuple[LineWanted, ...]:
    """Give each SKU once, in the order in which it first came, its quantities added."""
    found: dict[UUID, int] = {}
    for line in lines:
        found[line.sku_id] = found.get(line.sku_id, 0) + line.quantity
    return tuple([LineWanted(sku_id, quantity) for sku_id, quantity in found.items()])


def numbers_for(last: Mapping[UUID, int], registers: Sequence[UUID]) -> list[int]:
    """Give the next receipt number for each sale of these registers, in order, after the last ones given."""
    given = dict(last)
    numbers = []
    for register_id in registers:
        given[register_id] += 1
        numbers.append(given[register_id])
    return numbers
