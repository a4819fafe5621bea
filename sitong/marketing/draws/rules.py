"""What a draw promises and how one play is decided: pure, over frozen facts and integers alone.

Each play has a number in its draw (1, 2, 3 …) and a ticket: a number below the sum of all weights, computed from the draw's
seed and the play's number by HMAC-SHA256 without any remainder (`number_below`). The prizes stand on the tickets in the
order of the rules, each with as many tickets as its weight; the tickets behind them win nothing. So the odds of a prize are
its weight over the sum, whoever plays and whenever, for as long as there is one; where there is none just then, its tickets
win nothing either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sitong.marketing.giving.rules import Reward, reward_read, reward_written

TEMPLATES = ("wheel", "scratch", "egg", "box")
WAYS = ("free", "chance", "points")
CLAIM_WAYS = ("address", "store")
BY_CHANCE, GUARANTEED, CONSOLATION, BLANK = "chance", "guaranteed", "consolation", "blank"


@dataclass(frozen=True, slots=True)
class Release:
    """So many of a prize can be won from an instant on."""

    at: datetime
    quantity: int


@dataclass(frozen=True, slots=True)
class Prize:
    """One prize. `reward` None: goods, claimed by one of `ways` (address, store). Without releases as many as are won.

    `value_minor`: what one is worth, in the brand's currency. `guaranteed`: what a play wins after too many without a prize.
    `consolation`: what a play gets that wins nothing; it has no tickets.
    """

    id: UUID
    name: str
    name_en: str = ""
    weight: int = 0
    value_minor: int = 0
    reward: Reward | None = None
    ways: tuple[str, ...] = ()
    releases: tuple[Release, ...] = ()
    guaranteed: bool = False
    consolation: bool = False


@dataclass(frozen=True, slots=True)
class DrawRules:
    """Everything by which plays are decided and which is published. Limits that are None do not limit.

    `free_daily`: plays a day for nothing; `takes_chances`: campaigns give plays; `points_price`: points for a play, 0 when it
    cannot be had for points. `blank_weight`: tickets that win nothing. `guarantee_after`: of so many plays in a row the last wins
    the guaranteed prize, when none before has won. `budget_minor` bounds what the prizes won by chance are worth together.
    Days are those of `zone`. Goods are claimed within `claim_days` of the calendar, the day of the win being the first.
    """

    name: str
    template: str
    organizer: str
    conditions: str
    starts_at: datetime
    ends_at: datetime
    prizes: tuple[Prize, ...]
    zone: str
    name_en: str = ""
    conditions_en: str = ""
    blank_weight: int = 0
    free_daily: int = 0
    takes_chances: bool = False
    points_price: int = 0
    plays_total: int | None = None
    plays_daily: int | None = None
    wins_total: int | None = None
    wins_daily: int | None = None
    guarantee_after: int | None = None
    budget_minor: int | None = None
    claim_days: int = 30
    store_ids: tuple[UUID, ...] = ()

    @property
    def tickets(self) -> int:
        """The sum of all weights: a ticket is a number below it."""
        return sum(one.weight for one in self.prizes) + self.blank_weight

    @property
    def guaranteed(self) -> Prize | None:
        """What a play wins after too many without a prize."""
        return next((one for one in self.prizes if one.guaranteed), None)

    @property
    def consolation(self) -> Prize | None:
        """What a play gets that wins nothing."""
        return next((one for one in self.prizes if one.consolation), None)


@dataclass(frozen=True, slots=True)
class PrizeCount:
    """How many of a prize were won, and how many of these came back because nobody claimed them."""

    won: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class PlayerNow:
    """One member in one draw. `who` is a random name that says nothing about the member. `dry`: plays without a prize since
    the last one. What is of today belongs to the day `on`."""

    who: UUID
    plays: int = 0
    wins: int = 0
    dry: int = 0
    on: date | None = None
    plays_today: int = 0
    wins_today: int = 0
    free_today: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a play has won and why: by chance, guaranteed, as a consolation, or (prize None) a blank."""

    prize: Prize | None
    how: str


def ticket_message(draw_id: UUID, number: int) -> bytes:
    """Give the message under which the seed gives the ticket of a play."""
    return b"%b/%d" % (draw_id.hex.encode(), number)


def prize_on(rules: DrawRules, ticket: int) -> Prize | None:
    """Give the prize on a ticket; None when there is none on it."""
    behind = 0
    for prize in rules.prizes:
        behind += prize.weight
        if ticket < behind:
            return prize
    return None


def released(prize: Prize, at: datetime) -> int | None:
    """Give how many of a prize can be won up to an instant; None: as many as are won."""
    return sum(one.quantity for one in prize.releases if one.at <= at) if prize.releases else None


def left_of(prize: Prize, count: PrizeCount, at: datetime) -> int | None:
    """Give how many of a prize are left at an instant; None: as many as are won."""
    stock = released(prize, at)
    return None if stock is None else max(stock - count.won + count.returned, 0)


def can_be_won(rules: DrawRules, prize: Prize, count: PrizeCount, spent_minor: int, at: datetime) -> bool:
    """Tell whether one of the prize is there just now, and the budget bears it."""
    if left_of(prize, count, at) == 0:
        return False
    return rules.budget_minor is None or spent_minor + prize.value_minor <= rules.budget_minor


def anything_to_win(rules: DrawRules, counts: Mapping[UUID, PrizeCount], spent_minor: int, at: datetime) -> bool:
    """Tell whether a play can win anything just now."""
    if rules.guarantee_after:
        return True
    return any(
        one.weight and can_be_won(rules, one, counts.get(one.id, PrizeCount()), spent_minor, at) for one in rules.prizes
    )


def decide(rules: DrawRules, counts: Mapping[UUID, PrizeCount], spent_minor: int, *, dry: int, ticket: int,
           at: datetime) -> Drawn:  # fmt: skip
    """Decide one play. The guarantee holds whatever stock and budget say: its prize has neither."""
    prize = prize_on(rules, ticket)
    if prize is not None and can_be_won(rules, prize, counts.get(prize.id, PrizeCount()), spent_minor, at):
        return Drawn(prize, BY_CHANCE)
    if rules.guarantee_after and dry + 1 >= rules.guarantee_after:
        return Drawn(rules.guaranteed, GUARANTEED)
    consolation = rules.consolation
    return Drawn(consolation, CONSOLATION) if consolation is not None else Drawn(None, BLANK)


def counted(counts: dict[UUID, PrizeCount], drawn: Drawn) -> int:
    """Count what was drawn, and give what it takes from the budget: only what chance gives does."""
    if drawn.prize is None:
        return 0
    before = counts.get(drawn.prize.id, PrizeCount())
    counts[drawn.prize.id] = replace(before, won=before.won + 1)
    return drawn.prize.value_minor if drawn.how == BY_CHANCE else 0


def day_of(at: datetime, zone: str) -> date:
    """Give the day of the draw's calendar on which an instant falls."""
    return at.astimezone(ZoneInfo(zone)).date()


def on_day(player: PlayerNow, on: date) -> PlayerNow:
    """Give the player on a day: what belongs to another one is forgotten."""
    return player if player.on == on else replace(player, on=on, plays_today=0, wins_today=0, free_today=0)


def after_play(player: PlayerNow, drawn: Drawn, *, way: str) -> PlayerNow:
    """Give the player after one more play."""
    won = drawn.how in (BY_CHANCE, GUARANTEED)
    return replace(
        player, plays=player.plays + 1, plays_today=player.plays_today + 1, wins=player.wins + won,
        wins_today=player.wins_today + won, free_today=player.free_today + (way == "free"), dry=0 if won else player.dry + 1,
    )  # fmt: skip


def odds_of(rules: DrawRules, prize: Prize) -> Fraction:
    """Give the chance that one play's ticket has the prize on it."""
    return Fraction(prize.weight, rules.tickets) if rules.tickets else Fraction(0)


def percent_text(odds: Fraction) -> str:
    """Write odds in percent, exactly where four decimals are enough, and else rounded down to two digits that count."""
    decimals, scaled = 4, odds * 100
    while scaled and scaled * 10**decimals < 10 and decimals < 12:
        decimals += 1
    whole = scaled.numerator * 10**decimals // scaled.denominator
    text = f"{whole // 10**decimals}.{whole % 10**decimals:0{decimals}d}".rstrip("0").rstrip(".")
    return f"{text}%"


def rules_written(rules: DrawRules) -> dict[str, Any]:
    """Write rules as JSON that is published and kept: instants as ISO 8601 in UTC, ids as texts, what is None left out."""
    written: dict[str, Any] = {}
    for name in rules.__dataclass_fields__:
        value = getattr(rules, name)
        if name == "prizes":
            written[name] = [_prize_written(one) for one in value]
        elif name == "store_ids":
            written[name] = [str(one) for one in value]
        elif isinstance(value, datetime):
            written[name] = instant_written(value)
        elif value is not None:
            written[name] = value
    return written


def rules_read(kept: Mapping[str, Any]) -> DrawRules:
    """Read rules as `rules_written` gives them."""
    values = dict(kept)
    values["prizes"] = tuple(_prize_read(one) for one in kept["prizes"])
    values["store_ids"] = tuple(UUID(one) for one in kept.get("store_ids", ()))
    for name in ("starts_at", "ends_at"):
        values[name] = datetime.fromisoformat(kept[name])
    return DrawRules(**values)


def instant_written(at: datetime) -> str:
    """Write an instant in UTC to the microsecond, always alike."""
    return at.astimezone(ZoneInfo("UTC")).isoformat(timespec="microseconds")


def _prize_written(prize: Prize) -> dict[str, Any]:
    return {
        "id": str(prize.id), "name": prize.name, "name_en": prize.name_en, "weight": prize.weight, "value_minor": prize.value_minor,
        "reward": reward_written(prize.reward) if prize.reward else None, "ways": list(prize.ways),
        "releases": [[instant_written(one.at), one.quantity] for one in prize.releases],
        "guaranteed": prize.guaranteed, "consolation": prize.consolation,
    }  # fmt: skip


def _prize_read(kept: Mapping[str, Any]) -> Prize:
    values = dict(kept)
    values["id"] = UUID(kept["id"])
    values["reward"] = reward_read(kept["reward"]) if kept.get("reward") else None
    values["ways"] = tuple(kept.get("ways", ()))
    values["releases"] = tuple(
        Release(datetime.fromisoformat(at), quantity) for at, quantity in kept.get("releases", ())
    )
    return Prize(**values)
