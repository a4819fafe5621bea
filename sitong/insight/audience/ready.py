"""Ready-made segments: what each of them says, as rules of the language with the brand's own bounds as numbers. Pure.

A bound that needs everybody (a quintile) is found in bulk and written into the rule, so that the check of one member gives
the same answer. Installed again, a segment gets the bounds of that day as a new version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

YEAR_DAYS = 365

FESTIVALS: tuple[tuple[str, str, str, tuple[int, int], int], ...] = (
    ("midyear", "618 大促客", "Buyers at 618", (6, 1), 20),
    ("double11", "双 11 客", "Buyers at Double 11", (11, 1), 12),
    ("new_year", "元旦客", "Buyers at New Year", (12, 25), 12),
)
"""Code, names, first day (month, day) and how many days."""


@dataclass(frozen=True, slots=True)
class Days:
    """Where the stretches of the life cycle end, in days: who joined so recently is new, who bought so recently active …"""

    new: int = 30
    active: int = 90
    sleeping: int = 180


@dataclass(frozen=True, slots=True)
class Bounds:
    """What divides a brand's buyers of one year. Recency in days, amounts in minor units.

    `recency`: within so many days bought 20, 40, 60, 80 % of the buyers last. `orders`, `spent`: so much 60 % of the buyers do
    not exceed. `discount_minor`: at least so much a fifth of the buyers saves on an order. `departments`: id, both names,
    and what the upper fifth of the department's buyers spends there.
    """

    recency: tuple[int, int, int, int]
    orders: int
    spent_minor: int
    discount_minor: int
    departments: tuple[tuple[str, str, str, int], ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """One ready-made segment: its group, names, what it means in words, and its rule."""

    code: str
    group: str
    name: str
    name_en: str
    note: str
    rule: dict[str, Any]


def ready_made(bounds: Bounds, days: Days, *, on: date, channel_names: dict[str, str]) -> list[ReadyMade]:
    """Give all ready-made segments of a brand with these bounds."""
    return [
        *_by_recency_and_frequency(bounds),
        *_life_cycle(days),
        *_price(bounds),
        *_departments(bounds),
        *_channels(bounds, channel_names),
        *_occasions(on),
    ]


def bought(**more: Any) -> dict[str, Any]:
    """Say something of a member's orders of the last year."""
    return {"did": "orders", "last_days": YEAR_DAYS, **more}


def _by_recency_and_frequency(bounds: Bounds) -> list[ReadyMade]:
    """Six groups that share the buyers of a year out among them: each belongs to just one."""
    recent, lately = bounds.recency[1], bounds.recency[2]

    def within(days: int) -> dict[str, Any]:
        return bought(measure="recency_days", op="<=", value=days)

    long_ago = bought(measure="recency_days", op=">", value=lately)
    often = bought(measure="count", op=">=", value=bounds.orders)
    seldom = {"all": [bought(), {"not": often}]}
    much = bought(measure="sum:total_minor", op=">=", value=bounds.spent_minor)
    best = {"all": [within(recent), often, much]}
    said = (
        f"近一年：{recent} 天内为近，超过 {lately} 天为远；{bounds.orders} 单起为常买；{bounds.spent_minor / 100:,.2f} 元起为高额。"
        "界限取自本品牌购买会员的分位数。 "
        f"In a year: recent is within {recent} days, long ago over {lately} days; often is {bounds.orders} orders and more; "
        f"much is {bounds.spent_minor / 100:,.2f} yuan and more. Quantiles of the brand's own buyers."
    )
    rows: list[tuple[str, str, str, dict[str, Any]]] = [
        ("champions", "RFM 冠军客户", "RFM champions", best),
        ("loyal", "RFM 忠诚客户", "RFM loyal", {"all": [within(lately), often, {"not": best}]}),
        ("promising", "RFM 潜力客户", "RFM promising", {"all": [within(recent), seldom]}),
        (
            "drowsy", "RFM 将沉睡", "RFM about to sleep",
            {"all": [within(lately), {"not": within(recent)}, seldom]},
        ),
        ("at_risk", "RFM 流失预警", "RFM at risk", {"all": [long_ago, often]}),
        ("lost", "RFM 已流失", "RFM lost", {"all": [long_ago, seldom]}),
    ]  # fmt: skip
    return [ReadyMade(f"rfm.{code}", "rfm", name, name_en, said, rule) for code, name, name_en, rule in rows]


def _life_cycle(days: Days) -> list[ReadyMade]:
    ever: dict[str, Any] = {"did": "orders"}

    def last(op: str, value: int) -> dict[str, Any]:
        return {"did": "orders", "measure": "recency_days", "op": op, "value": value}

    new = {"all": [{"is": "joined_days", "op": "<", "value": days.new}, ever]}
    return [
        ReadyMade("life.prospect", "life", "潜客", "Prospects", "已入会，从未购买。 Joined, never bought.", {"not": ever}),
        ReadyMade("life.new", "life", "新客", "New customers", f"{days.new} 天内入会且已购买。 Joined within {days.new} days and has bought.", new),
        ReadyMade(
            "life.active", "life", "活跃客", "Active customers", f"{days.active} 天内购买过，且不是新客。 Bought within {days.active} days, and is not new.",
            {"all": [last("<", days.active), {"not": new}]},
        ),
        ReadyMade(
            "life.sleeping", "life", "沉睡客", "Sleeping customers", f"最近一次购买在 {days.active} 天前、{days.sleeping} 天内，且不是新客。 "
            f"Last bought {days.active} to {days.sleeping} days ago, and is not new.",
            {"all": [last(">=", days.active), last("<", days.sleeping), {"not": new}]},
        ),
        ReadyMade(
            "life.lost", "life", "流失客", "Lost customers", f"{days.sleeping} 天及更久没有购买，且不是新客。 "
            f"Last bought {days.sleeping} days ago or longer, and is not new.",
            {"all": [last(">=", days.sleeping), {"not": new}]},
        ),
    ]  # fmt: skip


def _price(bounds: Bounds) -> list[ReadyMade]:
    twice = bought(measure="count", op=">=", value=2)
    saves = max(1, bounds.discount_minor)
    return [
        ReadyMade(
            "price.sensitive", "price", "价格敏感", "Price sensitive",
            f"近一年至少 2 单，平均每单优惠 {saves / 100:,.2f} 元起（本品牌购买会员的前五分之一）。 "
            f"Two orders in a year with {saves / 100:,.2f} yuan off on average or more: the upper fifth of the brand's buyers.",
            {"all": [twice, bought(measure="avg:discount_minor", op=">=", value=saves)]},
        ),
        ReadyMade(
            "price.full", "price", "原价购买", "Full price", "近一年至少 2 单，没有一单享受优惠。 Two orders in a year, none with anything off.",
            {"all": [twice, bought(where=[["discount_minor", ">", 0]], measure="count", op="=", value=0)]},
        ),
    ]  # fmt: skip


def _departments(bounds: Bounds) -> list[ReadyMade]:
    return [
        ReadyMade(
            f"category.{id}", "category", f"偏好 {name}"[:60], f"Prefers {name_en or name}"[:60],
            f"近一年在该品类消费 {spent / 100:,.2f} 元起（该品类购买会员的前五分之一）。 "
            f"Spends {spent / 100:,.2f} yuan and more there in a year: the upper fifth of the department's buyers.",
            {"did": "lines", "last_days": YEAR_DAYS, "where": [["department_id", "=", id]], "measure": "sum:total_minor", "op": ">=",
             "value": max(1, spent)},
        )
        for id, name, name_en, spent in bounds.departments
    ]  # fmt: skip


def _channels(bounds: Bounds, names: dict[str, str]) -> list[ReadyMade]:
    return [
        ReadyMade(
            f"channel.{code}", "channel", f"只在{names.get(code, code)}买"[:60], f"Buys by {code} only",
            "近一年在该渠道至少 2 单，在其他渠道没有。 Two orders in a year there, none elsewhere.",
            {"all": [
                bought(where=[["channel", "=", code]], measure="count", op=">=", value=2),
                bought(where=[["channel", "!=", code]], measure="count", op="=", value=0),
            ]},
        )
        for code in bounds.channels
    ]  # fmt: skip


def _occasions(on: date) -> list[ReadyMade]:
    soon = ReadyMade(
        "occasion.birthday", "occasion", "七天内生日", "Birthday within 7 days", "生日在今天起 7 天内。 The birthday comes within 7 days.",
        {"is": "birthday_in_days", "op": "<=", "value": 7},
    )  # fmt: skip
    return [soon, *(_festival(*festival, on=on) for festival in FESTIVALS)]


def _festival(code: str, name: str, name_en: str, begins: tuple[int, int], length: int, *, on: date) -> ReadyMade:
    """Give who bought when it last was, the days of this year once they have begun."""
    first = date(on.year, *begins)
    first = first if first <= on else date(on.year - 1, *begins)
    last = first + timedelta(days=length - 1)
    return ReadyMade(
        f"occasion.{code}", "occasion", name, name_en, f"在 {first:%Y-%m-%d} 至 {last:%Y-%m-%d} 购买过。 Bought from {first:%Y-%m-%d} to {last:%Y-%m-%d}.",
        {"did": "orders", "from": first.isoformat(), "until": last.isoformat()},
    )  # fmt: skip


def groups() -> Sequence[str]:
    """Name the groups of ready-made segments."""
    return ("rfm", "life", "price", "category", "channel", "occasion")
