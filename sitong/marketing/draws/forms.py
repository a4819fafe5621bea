"""What people fill in about a draw, and how it becomes its rules. A row for each prize; empty rows are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from sitong.marketing.draws.definition import COUNT_MAX, PRIZES_MAX, WEIGHTS_MAX
from sitong.marketing.draws.rules import DrawRules, Prize, Release
from sitong.marketing.giving.forms import read_rewards, reward_shown
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id
from sitong.shared.money import MINOR_DIGITS

GOODS = "goods"
STOCKS = ("none", "start", "daily", "list")
TEXTS = ("name", "name_en", "template", "organizer", "conditions", "conditions_en")
LIMITS = ("plays_total", "plays_daily", "wins_total", "wins_daily", "guarantee_after")
LINES_MAX = 400


@dataclass
class DrawSaid:
    """What somebody has filled in: `values` as they stand in the form, `rules` when they make some, else what is wrong."""

    values: dict[str, Any]
    rows: list[dict[str, Any]]
    rules: DrawRules | None = None
    problems: dict[str, str] = field(default_factory=dict)


class _Wrong(Exception):
    """A field cannot be read; its name and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name, self.why = name, why


def read_draw(posted: QueryDict, *, zone: str, currency: str) -> DrawSaid:
    """Read the form. Without problems it has rules; whether these may be, the action says."""
    values: dict[str, Any] = {name: posted.get(name, "") for name in posted}
    values["store_ids"] = posted.getlist("store_ids")
    said = DrawSaid(values, [_row_of(posted, at) for at in range(PRIZES_MAX)])
    reader = _Reader(said, posted, zone, currency)
    prizes = tuple(prize for at in range(PRIZES_MAX) if (prize := reader.prize(at)) is not None)
    head: dict[str, Any] = {name: str(values.get(name, "")).strip() for name in TEXTS}
    starts, ends = reader.instant("starts_at"), reader.instant("ends_at")
    numbers: dict[str, Any] = {
        name: reader.number(name) or 0 for name in ("blank_weight", "free_daily", "points_price")
    }
    limits: dict[str, Any] = {name: reader.number(name) for name in LIMITS}
    budget, claim_days = reader.amount("budget"), reader.number("claim_days")
    stores = (
        tuple(sorted(one for one in map(as_id, values["store_ids"]) if one)) if values.get("stores") == "chosen" else ()
    )
    if said.problems or starts is None or ends is None:
        return said
    said.rules = DrawRules(
        **head, starts_at=starts, ends_at=ends, prizes=prizes, zone=zone, **numbers, **limits,
        takes_chances="takes_chances" in posted, budget_minor=budget, claim_days=claim_days or 30, store_ids=stores,
    )  # fmt: skip
    return said


def shown_draw(rules: DrawRules | None, *, zone: str, currency: str, organizer: str, now: datetime) -> DrawSaid:
    """Give the form as it stands before anybody types: a draw as it is, or one to begin with."""
    if rules is None:
        start = now.astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        values: dict[str, Any] = {
            "template": "wheel", "organizer": organizer, "starts_at": _typed(start, zone), "ends_at": _typed(start + timedelta(days=14), zone),
            "free_daily": "1", "claim_days": "30", "blank_weight": "0", "stores": "all", "store_ids": [],
        }  # fmt: skip
        return DrawSaid(values, [_empty_row(at) for at in range(PRIZES_MAX)])
    values = {name: getattr(rules, name) for name in TEXTS}
    values |= {
        name: getattr(rules, name) for name in ("blank_weight", "free_daily", "points_price", "claim_days", *LIMITS)
    }
    values |= {
        "starts_at": _typed(rules.starts_at, zone), "ends_at": _typed(rules.ends_at, zone), "takes_chances": "on" if rules.takes_chances else "",
        "budget": _money(rules.budget_minor, currency), "stores": "chosen" if rules.store_ids else "all",
        "store_ids": [str(one) for one in rules.store_ids],
    }  # fmt: skip
    rows = [_row_shown(at, one, rules, zone, currency) for at, one in enumerate(rules.prizes)]
    return DrawSaid(values, rows + [_empty_row(at) for at in range(len(rows), PRIZES_MAX)])


def exact_times(new: DrawRules, old: DrawRules) -> DrawRules:
    """Give the rules with the old instants where the form, which knows minutes alone, has not changed them."""
    known = {one.replace(second=0, microsecond=0): one for one in (old.starts_at, old.ends_at)}
    known |= {one.at.replace(second=0, microsecond=0): one.at for prize in old.prizes for one in prize.releases}

    def exact(at: datetime) -> datetime:
        return known.get(at, at)

    prizes = tuple(
        replace(one, releases=tuple(Release(exact(part.at), part.quantity) for part in one.releases))
        for one in new.prizes
    )
    return replace(new, starts_at=exact(new.starts_at), ends_at=exact(new.ends_at), prizes=prizes)


def as_id(text: str) -> UUID | None:
    """Read an id; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


class _Reader:
    """Reads fields one by one and notes what is wrong with them."""

    def __init__(self, said: DrawSaid, posted: QueryDict, zone: str, currency: str) -> None:
        self.said, self.posted, self.zone, self.currency = said, posted, zone, currency

    def prize(self, at: int) -> Prize | None:
        row = self.said.rows[at]
        if not row["name"]:
            return None
        before = len(self.said.problems)
        what = row["what"]
        reward = None
        if what and what != GOODS:
            try:
                chosen: Mapping[str, Sequence[str]] = {"p_what": [what], "p_amount": [row["amount"]]}
                reward = read_rewards(_Lists(chosen), "p", currency=self.currency)[0]
            except Refused as refused:
                self.said.problems[f"{at}-amount"] = sentence(refused)
        value = self.amount(f"{at}-value") or 0
        if reward is not None and reward.kind == "cash":
            value = reward.amount
        weight = self.number(f"{at}-weight") or 0
        releases = self.releases(at)
        if len(self.said.problems) > before:
            return None
        return Prize(
            as_id(row["id"]) or new_id(), row["name"], row["name_en"], weight, value, reward,
            tuple(sorted(set(row["ways"]))) if reward is None else (), releases, row["role"] == "guaranteed", row["role"] == "consolation",
        )  # fmt: skip

    def releases(self, at: int) -> tuple[Release, ...]:
        row = self.said.rows[at]
        try:
            if row["stock"] == "start":
                start = self.instant("starts_at")
                return (Release(start, self.number(f"{at}-stock_n") or 0),) if start else ()
            if row["stock"] == "daily":
                return self._daily(self.number(f"{at}-stock_n") or 0, row["stock_hour"] or "00:00")
            if row["stock"] == "list":
                return tuple(self._line(line) for line in row["stock_list"].splitlines()[:LINES_MAX] if line.strip())
        except _Wrong as wrong:
            self.said.problems[f"{at}-{wrong.name}"] = wrong.why
        return ()

    def _daily(self, quantity: int, hour: str) -> tuple[Release, ...]:
        """So many from the same hour of each day on, from the start to the end."""
        start, end = self.instant("starts_at"), self.instant("ends_at")
        if start is None or end is None:
            return ()
        try:
            clock = datetime.strptime(hour, "%H:%M").time()  # noqa: DTZ007 - a time of the day, its zone is the brand's
        except ValueError:
            raise _Wrong("stock_hour", _("Write the hour as 10:00.")) from None
        there = ZoneInfo(self.zone)
        first, last = start.astimezone(there).date(), end.astimezone(there).date()
        days = [first + timedelta(days=day) for day in range(min((last - first).days + 1, LINES_MAX))]
        instants = [max(datetime.combine(day, clock, tzinfo=there), start) for day in days]
        return tuple(Release(one, quantity) for one in instants if one < end)

    def _line(self, line: str) -> Release:
        day, _space, rest = line.strip().partition(" ")
        hour, _space, quantity = rest.strip().partition(" ")
        try:
            at = datetime.strptime(f"{day} {hour}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(self.zone))
            return Release(at, int(quantity))
        except ValueError:
            raise _Wrong("stock_list", _("Write one a line: 2026-12-01 10:00 50")) from None

    def number(self, name: str) -> int | None:
        text = str(self.posted.get(name, "")).strip()
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or int(text) > max(COUNT_MAX, WEIGHTS_MAX):
            self.said.problems[name] = _("A whole number, please.")
            return None
        return int(text)

    def amount(self, name: str) -> int | None:
        text = str(self.posted.get(name, "")).strip()
        if not text:
            return None
        try:
            scaled = Decimal(text).scaleb(MINOR_DIGITS[self.currency])
            if scaled != int(scaled) or not 0 <= scaled <= 10**12:
                raise InvalidOperation
        except (InvalidOperation, ValueError, OverflowError):
            self.said.problems[name] = _("An amount of money, please.")
            return None
        return int(scaled)

    def instant(self, name: str) -> datetime | None:
        try:
            typed = datetime.fromisoformat(str(self.posted.get(name, "")))
        except ValueError:
            self.said.problems[name] = _("Day and hour, please.")
            return None
        return typed.replace(tzinfo=ZoneInfo(self.zone)) if typed.tzinfo is None else typed


class _Lists(dict[str, Any]):
    def getlist(self, key: str) -> list[Any]:
        return list(self.get(key, ()))


def _row_of(posted: QueryDict, at: int) -> dict[str, Any]:
    names = (
        "id",
        "name",
        "name_en",
        "what",
        "amount",
        "value",
        "weight",
        "stock",
        "stock_n",
        "stock_hour",
        "stock_list",
        "role",
    )
    row: dict[str, Any] = {name: posted.get(f"{at}-{name}", "").strip() for name in names}
    return row | {"at": at, "ways": posted.getlist(f"{at}-ways"), "id": row["id"] or str(new_id())}


def _empty_row(at: int) -> dict[str, Any]:
    return {
        "at": at,
        "id": str(new_id()),
        "what": GOODS,
        "amount": "1",
        "stock": "start",
        "ways": ["store"],
        "role": "",
        "name": "",
    }


def _row_shown(at: int, prize: Prize, rules: DrawRules, zone: str, currency: str) -> dict[str, Any]:
    shown = reward_shown(prize.reward, currency=currency)
    row = {
        "at": at, "id": str(prize.id), "name": prize.name, "name_en": prize.name_en, "what": shown["what"] or GOODS, "amount": shown["amount"],
        "value": _money(prize.value_minor, currency), "weight": prize.weight, "ways": list(prize.ways), "stock": "none",
        "role": "guaranteed" if prize.guaranteed else "consolation" if prize.consolation else "",
    }  # fmt: skip
    if len(prize.releases) == 1 and prize.releases[0].at == rules.starts_at:
        row |= {"stock": "start", "stock_n": prize.releases[0].quantity}
    elif prize.releases:
        lines = [f"{one.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {one.quantity}" for one in prize.releases]
        row |= {"stock": "list", "stock_list": "\n".join(lines)}
    return row


def _typed(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def _money(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(Decimal(minor).scaleb(-MINOR_DIGITS[currency]))
