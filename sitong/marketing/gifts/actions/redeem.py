"""Hand gifts over, once only: by a clerk's scan, by the consumer at the counter, and later for a phone that had no network."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from sitong.goods.inventory.actions.counts import NotThere, WriteOffLine, WriteOffWanted, write_off
from sitong.marketing.gifts.actions.counters import lock_counters
from sitong.marketing.gifts.events import GiftRedeemed
from sitong.marketing.gifts.proofs import Evidence, Proof, prove
from sitong.marketing.gifts.queries.claims import COLUMNS, gift_ids_by_code, gift_of_row
from sitong.marketing.gifts.queries.places import chains_then, gift_places
from sitong.marketing.gifts.redeeming import (
    FreshHandover,
    GiftNow,
    GiftOutOfStock,
    GiftRedeemedBefore,
    GiftRedeemFacts,
    HandedOver,
    HandoverDecision,
    RedeemGift,
    decide_handovers,
)
from sitong.marketing.gifts.rules import levels_of
from sitong.marketing.gifts.signing import read_shown, signature_holds
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import bytes_of, days, integers, pipelined, run, texts, uuids, write

ATTEMPTS = 3

LOCK = f"""{COLUMNS}
FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_giftclaim WHERE id = w.id FOR NO KEY UPDATE) AS c
JOIN marketing_gift AS k ON k.id = c.gift_id
"""  # noqa: S608
BEFORE = """
SELECT id, claim_id, turn, store_id, at FROM marketing_giftredemption WHERE id = ANY(%s::uuid[])
UNION
SELECT r.id, r.claim_id, r.turn, r.store_id, r.at
FROM unnest(%s::uuid[], %s::int[]) AS w(claim_id, turn) JOIN marketing_giftredemption AS r ON r.claim_id = w.claim_id AND r.turn = w.turn
"""
WRITE_REDEMPTIONS = """
INSERT INTO marketing_giftredemption (id, brand_id, claim_id, turn, gift_id, member_id, store_id, dealers, levels_minor, way, by, at,
                                      position, previous, digest, signature, received_at)
SELECT r.*, %s::timestamptz FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::uuid[], %s::uuid[], %s::uuid[], %s::jsonb[],
  %s::jsonb[], %s::text[], %s::uuid[], %s::timestamptz[], %s::int[], %s::bytea[], %s::bytea[], %s::bytea[])
  AS r(id, brand_id, claim_id, turn, gift_id, member_id, store_id, dealers, levels_minor, way, by, at, position, previous, digest, signature)
"""
MARK_REDEEMED = "UPDATE marketing_giftclaim SET state = 'redeemed' WHERE id = ANY(%s::uuid[])"
MOVE_COUNTERS = """
UPDATE marketing_giftcounter AS c SET position = n.position, digest = n.digest
FROM unnest(%s::uuid[], %s::int[], %s::bytea[]) AS n(store_id, position, digest) WHERE c.store_id = n.store_id
"""


def redeem_gifts(wanted: Sequence[RedeemGift], *, now: datetime) -> list[HandedOver | Refused]:
    """Hand gifts over at counters, each once only, in order of arrival; goods of the store's stock go with it.

    The same nonce again is quietly the same answer (for another gift or store: `RepeatDiffers`); another nonce for a gift that
    was handed over is refused with when and where. Each leaves a proof in the store's chain, and the dealers above the store
    as they are now, by whom claims go up. Refused: marketing.gift_unknown, gift_already_redeemed, gift_void, gift_not_yet,
    gift_expired, gift_elsewhere, gift_code_old, gift_code_plain, gift_too_late, gift_not_yours, gift_needs_clerk,
    gift_out_of_stock, shared.not_found (the store). The number of statements does not depend on that of gifts.
    """
    read = [_read(one, now) for one in wanted]
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _redeem(read, now=now)
        except IntegrityError:  # another process has just taken the same nonce for another gift: decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def lock_gifts(claim_ids: Collection[UUID]) -> dict[UUID, GiftNow]:
    """Lock gifts in members' hands in the order of their ids, in one statement; unknown ones are left out."""
    if not claim_ids:
        return {}
    return {row[0]: gift_of_row(row) for row in run(LOCK, [uuids(sorted(set(claim_ids)))])}


def _read(one: RedeemGift, now: datetime) -> RedeemGift:
    """Read the code that was shown, and whether its signature held when it was."""
    if not one.code:
        return one
    shown = read_shown(one.code)
    if shown is None:
        return replace(one, code="")
    if shown.minute is None:
        return replace(one, code=shown.code, way="code")
    return replace(one, code=shown.code, way="signed", fresh=signature_holds(shown, at=one.scanned_at or now))


def _redeem(wanted: Sequence[RedeemGift], *, now: datetime) -> list[HandedOver | Refused]:
    ids = gift_ids_by_code([(one.brand_id, one.code) for one in wanted if one.claim_id is None])
    named = {one.claim_id or ids.get((one.brand_id, one.code)) for one in wanted}
    facts = _facts(wanted, ids, lock_gifts({key for key in named if key}), now)
    counters = lock_counters({one.id: one.brand_id for one in facts.places.values()}, now=now)
    decisions = _decide_with_goods(wanted, facts, now=now)
    fresh = [one for one in decisions if isinstance(one, FreshHandover)]
    if fresh:
        _write(fresh, {key: (one.position, one.digest) for key, one in counters.items()}, now=now)
    return [one.handed if isinstance(one, FreshHandover) else one for one in decisions]


def _decide_with_goods(
    wanted: Sequence[RedeemGift], facts: GiftRedeemFacts, *, now: datetime
) -> list[HandoverDecision]:
    """Decide, take the goods that gifts are from the stores' stock, and decide again without those for which there are none."""
    short: dict[UUID, Refused] = {}
    while True:
        decisions = decide_handovers(wanted, replace(facts, short=short))
        goods = [one for one in decisions if isinstance(one, FreshHandover) and one.claim.terms.sku_id]
        if not goods:
            return decisions
        taken = write_off([_goods_of(one) for one in goods], by=None, now=now)
        missing = {
            one.handed.id: GiftOutOfStock(store=one.place.name) if isinstance(answer, NotThere) else answer
            for one, answer in zip(goods, taken, strict=True)
            if isinstance(answer, Refused)
        }
        if not missing:
            return decisions
        short |= missing


def _goods_of(one: FreshHandover) -> WriteOffWanted:
    terms = one.claim.terms
    assert terms.sku_id is not None
    line = WriteOffLine(terms.sku_id, terms.quantity)
    return WriteOffWanted(one.handed.id, one.place.id, (line,), f"gift {one.claim.code}")


def _facts(
    wanted: Sequence[RedeemGift], ids: dict[tuple[UUID, str], UUID], claims: dict[UUID, GiftNow], now: datetime
) -> GiftRedeemFacts:
    used = [one for one in claims.values() if one.state == "redeemed"]
    nonces = {one.nonce for one in wanted}
    rows = run(BEFORE, [uuids(nonces), uuids([one.id for one in used]), integers([one.turn for one in used])])
    before = [GiftRedeemedBefore(*row) for row in rows]
    live = {one.claim_id: one for one in before if one.claim_id in claims and one.turn == claims[one.claim_id].turn}
    places = gift_places({one.store_id for one in wanted} | {one.store_id for one in before})
    return GiftRedeemFacts(ids, claims, {one.id: one for one in before if one.id in nonces}, live, places, now, {})


def _write(fresh: Sequence[FreshHandover], ends: Mapping[UUID, tuple[int, bytes]], *, now: datetime) -> None:
    chain = dict(ends)
    late = {(one.place.id, one.handed.at) for one in fresh if one.handed.at < now}
    then = chains_then(late) if late else {}
    rows: list[tuple[FreshHandover, Evidence, Proof]] = []
    for one in fresh:
        dealers = then.get((one.place.id, one.handed.at), one.place.dealers)
        position, previous = chain[one.place.id]
        evidence = Evidence(
            one.handed.id, position + 1, one.claim.code, one.claim.turn, one.claim.terms.id, one.place.id, dealers,
            levels_of(one.claim.terms, len(dealers)), one.wanted.way, one.wanted.by, one.handed.at, now,
        )  # fmt: skip
        proof = prove(evidence, previous)
        chain[one.place.id] = (position + 1, proof.digest)
        rows.append((one, evidence, proof))
    moved = sorted({one.place.id for one in fresh})
    with pipelined():
        _write_rows(sorted(rows, key=lambda row: row[1].redemption_id.int), now)
        write(MARK_REDEEMED, [uuids([one.claim.id for one in fresh])])
        write(MOVE_COUNTERS, [
            uuids(moved), integers([chain[key][0] for key in moved]), bytes_of([chain[key][1] for key in moved]),
        ])  # fmt: skip
        announce([
            GiftRedeemed(one.claim.brand_id, one.handed.id, one.claim.id, one.claim.terms.id, one.claim.member_id, one.place.id,
                         evidence.levels_minor[0], evidence.way)
            for one, evidence, _ in rows
        ], at=now)  # fmt: skip


def _write_rows(rows: Sequence[tuple[FreshHandover, Evidence, Proof]], now: datetime) -> None:
    said = [evidence for _, evidence, _ in rows]
    write(WRITE_REDEMPTIONS, [
        now,
        uuids([one.redemption_id for one in said]),
        uuids([one.claim.brand_id for one, _, _ in rows]),
        uuids([one.claim.id for one, _, _ in rows]),
        integers([one.turn for one in said]),
        uuids([one.gift_id for one in said]),
        uuids([one.claim.member_id for one, _, _ in rows]),
        uuids([one.store_id for one in said]),
        texts(["[" + ",".join(f'"{key}"' for key in one.dealers) + "]" for one in said]),
        texts([str(list(one.levels_minor)) for one in said]),
        texts([one.way for one in said]),
        uuids([one.by for one in said]),
        days([one.at for one in said]),
        integers([one.position for one in said]),
        bytes_of([proof.previous for _, _, proof in rows]),
        bytes_of([proof.digest for _, _, proof in rows]),
        bytes_of([proof.signature for _, _, proof in rows]),
    ])  # fmt: skip
