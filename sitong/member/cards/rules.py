"""What a card is worth visit by visit and day by day, what goes back when it is returned, and what the law allows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sitong.shared.money import split_minor

NAMED_PRICE_MAX_MINOR = 500_000
BEARER_PRICE_MAX_MINOR = 100_000
"""The most that a prepaid card may cost, in fen: 5,000 yuan for a member known by phone, 1,000 for one who is not."""

BEARER_YEARS_MIN = 3
"""A card of a member who is not known by phone holds three years at least; a named one has no end."""

REGRET_DAYS = 7
"""Within so many days an unused card goes back whole, whatever it is."""

VISITS_MAX, MONTHS_MAX, FAMILY_MAX, NAME_MAX = 1_000, 24, 5, 60
VISITS, PERIOD = "visits", "period"


@dataclass(frozen=True, slots=True)
class CardNow:
    """A card as it stands. A visit card has `visits` that were paid and `gift_visits` behind them; a periodic one its days."""

    form: str
    price_minor: int
    visits: int
    gift_visits: int
    used: int
    bought_on: date
    valid_from: date
    valid_until: date | None
    returned: bool = False

    @property
    def total_visits(self) -> int:
        return self.visits + self.gift_visits

    @property
    def visits_left(self) -> int:
        return max(0, self.total_visits - self.used) if self.form == VISITS else 0


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back: the money, and for what. `earned_minor` is what was used; the two make the price."""

    refund_minor: int
    earned_minor: int
    visits_left: int
    days_left: int


def visit_values(card: CardNow) -> list[int]:
    """Give what each visit is worth, in order: the price over the paid visits (largest remainder), nothing for gifts, which come last."""
    return split_minor(card.price_minor, [1] * card.visits) + [0] * card.gift_visits


def days_of(card: CardNow) -> int:
    """Give how many days a periodic card has."""
    assert card.valid_until is not None
    return (card.valid_until - card.valid_from).days + 1


def days_begun(card: CardNow, today: date) -> int:
    """Give how many of a periodic card's days have begun; today counts."""
    return min(days_of(card), max(0, (today - card.valid_from).days + 1))


def earned_minor(card: CardNow, today: date) -> int:
    """Give what of the price the seller has earned: the value of the visits used, or of the days begun."""
    if card.form == VISITS:
        return sum(visit_values(card)[: card.used])
    return sum(split_minor(card.price_minor, [1] * days_of(card))[: days_begun(card, today)])


def back_of(card: CardNow, today: date) -> Back:
    """Give what goes back when the card is returned today: the visits or days that are left, exactly.

    Gift visits are used last and are worth nothing. A card that was never used goes back whole within seven days.
    """
    days_left = 0 if card.form == VISITS else days_of(card) - days_begun(card, today)
    if card.used == 0 and (today - card.bought_on).days < REGRET_DAYS:
        return Back(card.price_minor, 0, card.visits_left, days_left)
    earned = earned_minor(card, today)
    return Back(card.price_minor - earned, earned, card.visits_left, days_left)


def period_until(start: date, months: int) -> date:
    """Give the last day of a period of whole months: from 31 January one month lasts until the last day of February."""
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    if start.day > last:
        return date(year, month, last)
    return date(year, month, start.day) - timedelta(days=1)


def bearer_until(bought_on: date, years: int) -> date:
    """Give the last day of a card of a member who is not known by phone."""
    return period_until(bought_on, 12 * years)


def use_fault(
    card: CardNow, *, on: date, store_id: object, stores: Sequence[object], used_today: int, per_day: int | None
) -> str:
    """Say why a card cannot be used, '' when it can: returned, wrong_store, not_yet, ended, used_up, enough_today."""
    if card.returned:
        return "returned"
    if stores and store_id not in stores:
        return "wrong_store"
    if on < card.valid_from:
        return "not_yet"
    if card.valid_until is not None and on > card.valid_until:
        return "ended"
    if card.form == VISITS and card.visits_left < 1:
        return "used_up"
    return "enough_today" if per_day is not None and used_today >= per_day else ""


def kind_fault(
    *,
    form: str,
    price_minor: int,
    visits: int,
    gift_visits: int,
    months: int,
    per_day: int | None,
    bearer_years: int | None,
    family_max: int,
) -> str:
    """Say which field of an offer makes no sense or is against the law, '' when all is well."""
    if form not in (VISITS, PERIOD):
        return "form"
    if not 0 < price_minor <= NAMED_PRICE_MAX_MINOR:
        return "price"
    if form == VISITS and (not 0 < visits <= VISITS_MAX or months):
        return "visits"
    if form == VISITS and not 0 <= gift_visits <= VISITS_MAX:
        return "gift_visits"
    if form == PERIOD and (not 0 < months <= MONTHS_MAX or visits or gift_visits):
        return "months"
    if per_day is not None and not 0 < per_day <= 100:
        return "per_day"
    if bearer_years is not None and not BEARER_YEARS_MIN <= bearer_years <= 20:
        return "bearer_years"
    return "" if 0 <= family_max <= FAMILY_MAX else "family_max"
