"""Use cards at counters: many at once, each visit once only, also when a counter tells later or twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.member.cards.actions.books import CardMoney, move_money
from sitong.member.cards.actions.refused import FAULTS, CardPersonUnknown, CardUnknown
from sitong.member.cards.events import CardUsed
from sitong.member.cards.models import CardPerson, CardUse
from sitong.member.cards.rules import VISITS, CardNow, use_fault, visit_values
from sitong.member.identity.rules import normal_number
from sitong.org.stores.queries import store_facts
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.statements import integers, run, texts, uuids

LATE_AT_MOST = timedelta(days=7)
"""A counter without network may tell so much later when a card was used; what is older is taken as used now."""

LOCK = """
SELECT c.id, c.brand_id, c.code, c.member_id, c.form, c.price_minor, c.visits, c.gift_visits, c.used, c.bought_on, c.valid_from, c.valid_until,
       c.returned_at IS NOT NULL, c.currency, c.entity_id, k.store_ids, k.per_day
FROM unnest(%s::uuid[], %s::text[]) AS w (brand_id, code)
JOIN member_card AS c ON c.brand_id = w.brand_id AND c.code = w.code JOIN member_cardkind AS k ON k.id = c.kind_id
ORDER BY c.id FOR NO KEY UPDATE OF c
"""
BEFORE = (
    "SELECT id, card_id, visit, person_id, store_id, value_minor, at FROM member_carduse WHERE id = ANY(%s::uuid[])"
)
ON_DAYS = """
SELECT card_id, used_on, count(*) FROM member_carduse WHERE card_id = ANY(%s::uuid[]) AND used_on >= %s::date GROUP BY 1, 2
"""
WRITE_USED = """
UPDATE member_card AS c SET used = w.used FROM unnest(%s::uuid[], %s::int[]) AS w (id, used) WHERE c.id = w.id RETURNING c.id
"""


@dataclass(frozen=True, slots=True)
class UseWanted:
    """A card is to be used in a store. `id` is made by whoever scans; the same id is the same use.

    `person_id`: who of the family uses it, none: its owner. `at`: when it happened, if a counter tells later.
    """

    id: UUID
    brand_id: UUID
    code: str
    store_id: UUID
    person_id: UUID | None = None
    by: UUID | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """A use as it stands. `left`: visits that were left after it; None for a periodic card."""

    id: UUID
    card_id: UUID
    member_id: UUID
    visit: int
    store_id: UUID
    person_id: UUID | None
    value_minor: int
    left: int | None
    at: datetime


@dataclass(slots=True)
class _Locked:
    """A card under its lock, and what the batch has decided so far."""

    id: UUID
    member_id: UUID
    now: CardNow
    currency: str
    entity_id: UUID | None
    stores: Sequence[UUID]
    per_day: int | None

    def left(self, visit: int) -> int | None:
        return self.now.total_visits - visit if self.now.form == VISITS else None


def use_cards(wanted: Sequence[UseWanted], *, now: datetime) -> list[Used | Refused]:
    """Use cards, in order of arrival, each visit once only; the seller has then earned what the visit is worth.

    The same id again is quietly the same answer. Refused: member.card_unknown, card_returned, card_wrong_store, card_not_yet,
    card_ended, card_used_up, card_enough_today, card_person_unknown, shared.not_found (the store), shared.repeat_differs. The
    number of statements does not depend on that of cards. Locks cards, then ledger accounts.
    """
    codes = [read_code(one.code) for one in wanted]
    with transaction.atomic():
        cards = _lock(wanted, codes)
        by_id = {card.id: card for card in cards.values()}
        earlier = {row[0]: row for row in run(BEFORE, [uuids([one.id for one in wanted])])}
        people = _people(wanted)
        stores = store_facts({one.store_id for one in wanted})
        today = _days_used(by_id, now)
        outcomes: list[Used | Refused] = []
        fresh: list[CardUse] = []
        for one, code in zip(wanted, codes, strict=True):
            card, store = cards.get((one.brand_id, code)), stores.get(one.store_id)
            if (before := earlier.get(one.id)) is not None:
                outcomes.append(_again(one, card, before))
            elif store is None or store.brand_id != one.brand_id:
                outcomes.append(NotFound(what="store"))
            elif card is None:
                outcomes.append(CardUnknown())
            elif one.person_id is not None and people.get(one.person_id) != card.id:
                outcomes.append(CardPersonUnknown())
            else:
                at = one.at if one.at and now - LATE_AT_MOST <= one.at <= now else now
                outcome = _use(one, card, at, business_date(at, store.zone), today, now)
                outcomes.append(outcome[0] if isinstance(outcome, tuple) else outcome)
                if isinstance(outcome, tuple):
                    fresh.append(outcome[1])
                    earlier[one.id] = (
                        one.id,
                        card.id,
                        outcome[1].visit,
                        one.person_id,
                        one.store_id,
                        outcome[1].value_minor,
                        at,
                    )
        _write(fresh, by_id, now=now)
    return outcomes


def read_code(typed: str) -> str:
    """Read a card's code as people type it: small letters, spaces and dashes, O for 0, I and L for 1."""
    return normal_number(typed)[:16]


def _use(
    one: UseWanted, card: _Locked, at: datetime, on: date, today: Counter[tuple[UUID, date]], now: datetime
) -> tuple[Used, CardUse] | Refused:
    fault = use_fault(
        card.now, on=on, store_id=one.store_id, stores=card.stores, used_today=today[card.id, on], per_day=card.per_day
    )
    if fault:
        facts: dict[str, dict[str, Any]] = {
            "not_yet": {"valid_from": card.now.valid_from}, "ended": {"valid_until": card.now.valid_until}, "enough_today": {"per_day": card.per_day},
        }  # fmt: skip
        return FAULTS[fault](**facts.get(fault, {}))
    visit = card.now.used + 1
    value = visit_values(card.now)[visit - 1] if card.now.form == VISITS else 0
    card.now = replace(card.now, used=visit)
    today[card.id, on] += 1
    row = CardUse(
        id=one.id, brand_id=one.brand_id, card_id=card.id, visit=visit, person_id=one.person_id, store_id=one.store_id, value_minor=value,
        used_on=on, by=one.by, at=at, noted_at=now,
    )  # fmt: skip
    return Used(one.id, card.id, card.member_id, visit, one.store_id, one.person_id, value, card.left(visit), at), row


def _again(one: UseWanted, card: _Locked | None, before: tuple) -> Used | Refused:  # type: ignore[type-arg]
    _, card_id, visit, person_id, store_id, value, at = before
    if card is None or (card.id, person_id, store_id) != (card_id, one.person_id, one.store_id):
        return RepeatDiffers(id=one.id)
    return Used(one.id, card_id, card.member_id, visit, store_id, person_id, value, card.left(visit), at)


def _write(fresh: Sequence[CardUse], cards: dict[UUID, _Locked], *, now: datetime) -> None:
    if not fresh:
        return
    CardUse.objects.bulk_create(fresh)
    changed = sorted({row.card_id for row in fresh})
    run(WRITE_USED, [uuids(changed), integers(cards[key].now.used for key in changed)])
    move_money([
        CardMoney(row.id, row.card_id, row.brand_id, cards[row.card_id].entity_id, cards[row.card_id].currency, row.value_minor, "earned", row.by)
        for row in fresh
    ], now=now)  # fmt: skip
    events = []
    for row in fresh:
        card = cards[row.card_id]
        left = card.left(row.visit) or 0
        events.append(
            CardUsed(row.brand_id, row.card_id, row.id, card.member_id, row.store_id, row.value_minor, left, row.at)
        )
    announce(events, at=now)


def _lock(wanted: Sequence[UseWanted], codes: Sequence[str]) -> dict[tuple[UUID, str], _Locked]:
    pairs = sorted({(one.brand_id, code) for one, code in zip(wanted, codes, strict=True)})
    rows = run(LOCK, [uuids([brand for brand, _ in pairs]), texts([code for _, code in pairs])])
    return {
        (row[1], row[2]): _Locked(row[0], row[3], CardNow(*row[4:13]), row[13], row[14], row[15], row[16]) for row in rows
    }  # fmt: skip


def _people(wanted: Sequence[UseWanted]) -> dict[UUID, UUID]:
    ids = [one.person_id for one in wanted if one.person_id]
    return dict(CardPerson.objects.filter(id__in=ids, removed_at=None).values_list("id", "card_id"))


def _days_used(cards: dict[UUID, _Locked], now: datetime) -> Counter[tuple[UUID, date]]:
    since = (now - LATE_AT_MOST).date() - timedelta(days=1)
    return Counter({(card, on): n for card, on, n in run(ON_DAYS, [uuids(cards), since])})
