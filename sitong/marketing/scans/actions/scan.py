"""Scan codes for their reward: thousands at once. What is known already is only read; the rest is one statement a table."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from sitong.goods.codes.actions import CodeScan, scan_codes
from sitong.goods.codes.queries import Scanned
from sitong.marketing.coupons.queries.kept import zone_of
from sitong.marketing.giving.actions import RewardDue, give_rewards
from sitong.marketing.scans.drawn import drawn_with
from sitong.marketing.scans.events import CodeDrawn
from sitong.marketing.scans.knowing import Known, known_of, note_places
from sitong.marketing.scans.rules import (
    MILLION,
    CodeKey,
    Decision,
    DrawnBefore,
    DrawWanted,
    FreshDraw,
    NoDraw,
    PlanNow,
    PlanTerms,
    ScanFacts,
    counted,
    decide,
    no_reward,
)
from sitong.marketing.scans.shapes import Scan, ScanWanted
from sitong.marketing.scans.terms import terms_kept
from sitong.shared.clock import business_date, day_bounds
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import days, integers, pipelined, run, texts, uuids, write

ATTEMPTS = 3
REWARD = UUID("5b3f0c5e-8f2d-4c53-9d9e-3f3a6c1d7a10")
"""The namespace of rewards' ids: a code makes one reward, whatever happens to the scan."""

LOCK_COUNTS = """
SELECT c.plan_id, c.brand_id, c.drawn, c.won, c.spent_minor, c.won_today, c.won_on, c.won_each
FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_scanplancount WHERE plan_id = w.id FOR NO KEY UPDATE) AS c
"""
HAD = """
SELECT w.plan_id, w.member_id, c.had, c.today FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) AS w(plan_id, member_id, since)
CROSS JOIN LATERAL (SELECT count(*) AS had, count(*) FILTER (WHERE d.drawn_at >= w.since) AS today FROM marketing_codedraw AS d
                    WHERE d.member_id = w.member_id AND d.plan_id = w.plan_id) AS c
WHERE c.had > 0
"""
WRITE_DRAWS = """
INSERT INTO marketing_codedraw (batch_id, serial, brand_id, product_id, scan_id, member_id, plan_id, prize, cost_minor, fault, store_id, drawn_at)
SELECT d.batch_id, d.serial, d.brand_id, d.product_id, d.scan_id, d.member_id, d.plan_id, nullif(d.prize, -1), d.cost_minor, d.fault, d.store_id,
       %s::timestamptz
FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::bigint[], %s::text[], %s::uuid[])
  AS d(batch_id, serial, brand_id, product_id, scan_id, member_id, plan_id, prize, cost_minor, fault, store_id)
"""
HAND_OVER = """
UPDATE marketing_codedraw AS d SET fault = n.fault FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS n(batch_id, serial, fault)
WHERE d.batch_id = n.batch_id AND d.serial = n.serial
"""
COUNT_DRAWS = """
UPDATE marketing_scanplancount AS c
SET drawn = n.drawn, won = n.won, spent_minor = n.spent_minor, won_today = n.won_today, won_on = n.won_on,
    won_each = ARRAY(SELECT e::int FROM jsonb_array_elements_text(n.won_each) AS e)
FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::bigint[], %s::int[], %s::date[], %s::jsonb[])
  AS n(plan_id, drawn, won, spent_minor, won_today, won_on, won_each)
WHERE c.plan_id = n.plan_id
"""


def scan_for_reward(wanted: Sequence[ScanWanted], *, now: datetime) -> list[Scan | Refused]:
    """Say what each code is, and give whoever scans it as a member its reward: once for each code, in order of arrival.

    A code that was drawn with is only read (and written down as scanned, once in ten minutes). A member's scan of any other
    code draws under its plan: never beyond budget, quantities and limits, the reward given in the same transaction. What
    could not be handed over is kept for the member. The same id again gets the same answer. Nothing to win is no refusal:
    the scan's `why` says it. Refused: goods.code_unknown, goods.cell_too_fine, shared.repeat_differs. The number of
    statements does not depend on that of the scans.
    """
    outcomes: list[Scan | Refused | None] = []
    known = known_of(wanted, now=now)
    for one, fact in zip(wanted, known, strict=True):
        outcomes.append(fact if isinstance(fact, Refused) else _seen(one, fact, now) if fact.quiet else None)
    rest = [at for at, outcome in enumerate(outcomes) if outcome is None]
    if rest:
        facts = [fact for at in rest if isinstance(fact := known[at], Known)]
        for at, outcome in zip(rest, _scan_anew([wanted[at] for at in rest], facts, now=now), strict=True):
            outcomes[at] = outcome
    return [one for one in outcomes if one is not None]


def lock_scan_counts(plan_ids: Iterable[UUID]) -> list[tuple[Any, ...]]:
    """Lock the counts of plans in the order of their ids: what is decided of a plan is decided under this lock."""
    return run(LOCK_COUNTS, [uuids(sorted(set(plan_ids)))])


def _seen(one: ScanWanted, fact: Known, now: datetime) -> Scan:
    """Answer a scan that changes nothing."""
    drawn = fact.drawn
    prize = None if drawn is None or drawn.prize is None or fact.terms is None else fact.terms.prizes[drawn.prize]
    mine = drawn is not None and drawn.member_id == one.member_id
    return Scan(
        one.id, fact.read, fact.product, fact.scans, fact.first_scan_at, drawn is not None, mine,
        prize.reward if prize and mine else None, "", fact.why, now,
    )  # fmt: skip


def _scan_anew(wanted: Sequence[ScanWanted], known: Sequence[Known], *, now: datetime) -> list[Scan | Refused]:
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _scan(wanted, known, now=now)
        except IntegrityError:  # another process has just drawn with the same code: with its row seen, decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def _scan(wanted: Sequence[ScanWanted], known: Sequence[Known], *, now: datetime) -> list[Scan | Refused]:
    scans = [CodeScan(one.id, one.brand_id, one.text, "consumer", one.member_id, store_id=one.store_id, cell=one.cell, device=one.device)
             for one in wanted]  # fmt: skip
    scanned = scan_codes(scans, now=now)
    asked: dict[int, DrawWanted] = {}
    whys: dict[int, Refused | None] = {}
    for at, (one, fact, outcome) in enumerate(zip(wanted, known, scanned, strict=True)):
        if isinstance(outcome, Refused):
            continue
        whys[at] = no_reward(outcome.code)
        if one.member_id is not None and not one.looks and whys[at] is None and outcome.code.level == "item":
            key = CodeKey(*outcome.code.key)
            asked[at] = DrawWanted(one.id, key, one.member_id, fact.plan_id, outcome.code.product_id, one.store_id)
    decisions = dict(zip(asked, _draw(list(asked.values()), now=now), strict=True))
    note_places(wanted, known)
    return [
        outcome
        if isinstance(outcome, Refused)
        else _answer(wanted[at], known[at], outcome, decisions.get(at), whys[at])
        for at, outcome in enumerate(scanned)
    ]


def _answer(one: ScanWanted, fact: Known, scanned: Scanned, decision: Any, why: Refused | None) -> Scan:
    drawn, terms, reason = fact.drawn, fact.terms, why
    if isinstance(decision, FreshDraw):
        drawn, terms = decision.drawn, decision.terms
    elif isinstance(decision, DrawnBefore):
        drawn = decision.drawn
    elif isinstance(decision, NoDraw):
        reason = decision.why
    elif why is None and fact.drawn is None:
        reason = fact.why
    mine = drawn is not None and drawn.member_id == one.member_id
    prize = None
    if mine and drawn is not None and drawn.prize is not None and terms is not None and drawn.prize < len(terms.prizes):
        prize = terms.prizes[drawn.prize]
    return Scan(
        one.id, scanned.code, scanned.product, scanned.before, scanned.first_scan_at, drawn is not None, mine,
        prize.reward if prize else None, drawn.fault if mine and drawn is not None else "", reason, scanned.at,
    )  # fmt: skip


def _draw(asked: Sequence[DrawWanted], *, now: datetime) -> list[Decision]:
    """Decide and write the draws of a batch under the locks of their plans."""
    if not asked:
        return []
    earlier = drawn_with([one.key for one in asked])
    plans = {one.plan_id for one in asked if one.plan_id} | {one.plan_id for one in earlier.values() if one.fault}
    rows = lock_scan_counts(plans) if plans else []
    if rows:
        earlier = drawn_with([one.key for one in asked])  # what was read before the lock may be old
    terms = terms_kept([row[0] for row in rows])
    today = {row[0]: business_date(now, zone_of(row[1])) for row in rows}
    counts = {
        row[0]: PlanNow(row[2], row[3], row[4], row[5] if row[6] == today[row[0]] else 0, tuple(row[7])) for row in rows
    }
    facts = ScanFacts(terms, counts, earlier, _had(asked, terms, today), now)
    decisions = decide(asked, [secrets.randbelow(MILLION) for _ in asked], facts)
    fresh = [one for one in decisions if isinstance(one, FreshDraw)]
    if not fresh:
        return decisions
    made = _give(fresh, now=now)
    _write(made, counts, today, now=now)
    handed = iter(made)
    return [next(handed) if isinstance(one, FreshDraw) else one for one in decisions]


def _had(
    asked: Sequence[DrawWanted], terms: Mapping[UUID, PlanTerms], today: Mapping[UUID, date]
) -> dict[tuple[UUID, UUID], tuple[int, int]]:
    """Ask how many codes members have drawn with, where a plan limits it."""
    limited = {one.id for one in terms.values() if one.per_member is not None or one.per_member_daily is not None}
    pairs = sorted({(one.plan_id, one.member_id) for one in asked if one.plan_id in limited})
    if not pairs:
        return {}
    since = {plan_id: day_bounds(today[plan_id], zone_of(terms[plan_id].brand_id))[0] for plan_id in limited}
    rows = run(
        HAD,
        [
            uuids([pair[0] for pair in pairs]),
            uuids([pair[1] for pair in pairs]),
            days([since[pair[0]] for pair in pairs]),
        ],
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def _give(fresh: Sequence[FreshDraw], *, now: datetime) -> list[FreshDraw]:
    """Hand over what was won, in one call; what is refused is marked with why."""
    won = [at for at, one in enumerate(fresh) if one.drawn.prize is not None]
    due = [
        RewardDue(
            uuid5(REWARD, f"{one.wanted.key.batch_id}:{one.wanted.key.serial}"), one.terms.brand_id, one.wanted.member_id,
            one.terms.prizes[one.drawn.prize or 0].reward, f"scan:{one.terms.id}", one.wanted.store_id,
        )
        for one in (fresh[at] for at in won)
    ]  # fmt: skip
    made = list(fresh)
    for at, outcome in zip(won, give_rewards(due, now=now) if due else [], strict=True):
        fault = outcome.code if isinstance(outcome, Refused) else ""
        made[at] = replace(made[at], drawn=replace(made[at].drawn, fault=fault))
    return made


def _write(
    made: Sequence[FreshDraw], counts: Mapping[UUID, PlanNow], today: Mapping[UUID, date], *, now: datetime
) -> None:
    after = dict(counts)
    rows = sorted(made, key=lambda one: one.wanted.key)
    fresh, again = [one for one in rows if not one.again], [one for one in rows if one.again]
    for one in fresh:
        after[one.terms.id] = counted(after[one.terms.id], one.drawn.prize, one.cost_minor)
    with pipelined():
        if fresh:
            _write_fresh(fresh, now=now)
            _write_counts({one.terms.id: after[one.terms.id] for one in fresh}, today)
        if again:
            write(HAND_OVER, [
                uuids([one.wanted.key.batch_id for one in again]), integers([one.wanted.key.serial for one in again]),
                texts([one.drawn.fault for one in again]),
            ])  # fmt: skip


def _write_fresh(fresh: Sequence[FreshDraw], *, now: datetime) -> None:
    write(WRITE_DRAWS, [
        now,
        uuids([one.wanted.key.batch_id for one in fresh]),
        integers([one.wanted.key.serial for one in fresh]),
        uuids([one.terms.brand_id for one in fresh]),
        uuids([one.wanted.product_id for one in fresh]),
        uuids([one.wanted.id for one in fresh]),
        uuids([one.wanted.member_id for one in fresh]),
        uuids([one.terms.id for one in fresh]),
        integers([-1 if one.drawn.prize is None else one.drawn.prize for one in fresh]),
        integers([one.cost_minor for one in fresh]),
        texts([one.drawn.fault for one in fresh]),
        uuids([one.wanted.store_id for one in fresh]),
    ])  # fmt: skip
    announce([
        CodeDrawn(one.terms.brand_id, one.wanted.id, one.terms.id, one.wanted.key.batch_id, one.wanted.key.serial, one.wanted.member_id,
                  one.drawn.prize, one.cost_minor, one.wanted.product_id, one.wanted.store_id)
        for one in fresh
    ], at=now)  # fmt: skip


def _write_counts(after: Mapping[UUID, PlanNow], today: Mapping[UUID, date]) -> None:
    plans = sorted(after)
    write(COUNT_DRAWS, [
        uuids(plans), integers([after[one].drawn for one in plans]), integers([after[one].won for one in plans]),
        integers([after[one].spent_minor for one in plans]), integers([after[one].won_today for one in plans]),
        days([today[one] for one in plans]), texts([json.dumps(after[one].won_each) for one in plans]),
    ])  # fmt: skip
