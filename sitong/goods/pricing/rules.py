"""Which price holds: pure rules, with worked tables in docs/rules/price.md."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

REGULAR, PROMOTION = "regular", "promotion"
REFERENCE_PERIOD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PriceCandidate:
    """One price of one SKU, as kept: an empty channel, store kind or tier and no store mean all of them."""

    id: UUID
    sku_id: UUID
    amount_minor: int
    starts_at: datetime
    ends_at: datetime | None = None
    price_list: str = REGULAR
    channel: str = ""
    store_kind: str = ""
    store_id: UUID | None = None
    quantity_from: int = 1
    tier: str = ""

    def in_force(self, at: datetime) -> bool:
        """Tell whether `at` lies in [starts_at, ends_at)."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    def applies(self, *, channel: str, store_kind: str, store_id: UUID | None, quantity: int, tier: str = "") -> bool:
        """Tell whether the price is meant for this channel, store, quantity and tier, whatever the time."""
        return (
            self.channel in ("", channel)
            and self.store_kind in ("", store_kind)
            and self.store_id in (None, store_id)
            and self.quantity_from <= quantity
            and self.tier in ("", tier)
        )

    @property
    def specificity(self) -> tuple[bool, bool, bool, int]:
        """Compare as a word in the dictionary: one store beats a kind of store beats a channel beats a larger step."""
        return (self.store_id is not None, self.store_kind != "", self.channel != "", self.quantity_from)


def choose_price(
    candidates: Iterable[PriceCandidate],
    *,
    channel: str,
    store_kind: str,
    store_id: UUID | None,
    quantity: int,
    at: datetime,
    tier: str = "",
) -> PriceCandidate | None:
    """Give the one price that holds for a buyer of this tier ('': none), None when there is none.

    Of each list the most specific price that applies and is in force stands for the list, once among the prices for
    everybody and once among those of the tier. Of these the lowest holds: neither a promotion nor a tier ever makes
    anything dearer. Of equal ones that for everybody holds, and the regular one. The order of the candidates does not
    matter: periods of the same specificity never overlap, and should they, the later start and then the larger id hold.
    """
    best: dict[tuple[str, bool], PriceCandidate] = {}
    for one in candidates:
        if not one.in_force(at):
            continue
        if not one.applies(channel=channel, store_kind=store_kind, store_id=store_id, quantity=quantity, tier=tier):
            continue
        key = (one.price_list, one.tier != "")
        other = best.get(key)
        if other is None or _order(one) > _order(other):
            best[key] = one
    if len(best) < 2:
        return next(iter(best.values()), None)
    return min(best.values(), key=lambda one: (one.amount_minor, one.tier != "", one.price_list != REGULAR))


def reference_price(
    candidates: Collection[PriceCandidate],
    *,
    channel: str,
    store_kind: str,
    store_id: UUID | None,
    quantity: int,
    at: datetime,
) -> int | None:
    """Give the price in minor units that may lawfully be struck through beside the price at `at`, None for none.

    Only a promotion has one: the lowest price that held for the same store, channel and quantity in the seven days
    before the promotion began; when none held in them, the last one before. None when it is not above the price now.

    Source: 规范促销行为暂行规定 (国家市场监督管理总局令第32号, in force 2020-12-01) art. 21: a reduction without another stated
    basis is measured against the lowest price at which the same trader sold at the same premises in the seven days
    before the promotion, or, without a sale in them, at the last one before; art. 20: its end is shown beside it.
    """
    place = {"channel": channel, "store_kind": store_kind, "store_id": store_id, "quantity": quantity}
    held = choose_price(candidates, channel=channel, store_kind=store_kind, store_id=store_id, quantity=quantity, at=at)
    if held is None or held.price_list != PROMOTION:
        return None
    applying = [one for one in candidates if one.applies(**place)]  # type: ignore[arg-type]
    began = _began(applying, held)
    window = began - REFERENCE_PERIOD
    instants = {
        window,
        *(edge for one in applying for edge in (one.starts_at, one.ends_at) if edge and window < edge < began),
    }
    seen = [choose_price(applying, at=instant, **place) for instant in instants]  # type: ignore[arg-type]
    amounts = [one.amount_minor for one in seen if one is not None]
    if not amounts:
        before = [one for one in applying if one.ends_at is not None and one.ends_at <= window]
        amounts = [max(before, key=lambda one: (one.ends_at, _order(one))).amount_minor] if before else []
    lowest = min(amounts, default=None)
    return lowest if lowest is not None and lowest > held.amount_minor else None


def _began(applying: Collection[PriceCandidate], held: PriceCandidate) -> datetime:
    """Give the start of the promotion: prices of promotions that follow each other without a gap are one promotion."""
    began = held.starts_at
    promotions = sorted(
        (one for one in applying if one.price_list == PROMOTION), key=lambda one: one.starts_at, reverse=True
    )
    for one in promotions:
        if one.starts_at < began and one.ends_at is not None and one.ends_at >= began:
            began = one.starts_at
    return began


def _order(one: PriceCandidate) -> tuple[tuple[bool, bool, bool, int], datetime, int]:
    return (one.specificity, one.starts_at, one.id.int)


def price_of(quantity: int, unit_minor: int, *, weighed: bool) -> int:
    """Give the amount of a line: pieces × price, or grams × price per kilogram, halves of a minor unit rounded up."""
    if not weighed:
        return quantity * unit_minor
    return (quantity * unit_minor * 2 + 1000) // 2000
