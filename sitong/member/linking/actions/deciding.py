"""A person decides of a pair: the same, different, later; and takes the word back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.member.identity.actions import JoinWanted, UndoWanted, join_two, undo_join
from sitong.member.identity.actions.joins import JoinedFurther
from sitong.member.identity.models import MemberJoin
from sitong.member.identity.queries import member_now
from sitong.member.imports.actions import settle_records
from sitong.member.imports.models import ImportFile
from sitong.member.imports.queries import records_by_id
from sitong.member.linking.actions.attaching import attach, detach, make_members
from sitong.member.linking.models import LinkDecision, LinkedRecord, LinkHow, LinkPair, PairState
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

VERDICTS = ("same", "different", "later")


class PairSettled(Refused):
    """Somebody has decided this pair, or the record has become somebody else's since."""

    code = "member.pair_settled"


class VerdictUnknown(Refused):
    """One can say same, different, or later."""

    code = "member.verdict_unknown"


@dataclass(frozen=True, slots=True)
class DecisionWanted:
    """What a person says of a pair. The id is the caller's: sent again, it gets the first answer."""

    id: UUID
    pair_id: UUID
    verdict: str


def decide_pair(wanted: DecisionWanted, *, by: UUID, now: datetime) -> LinkDecision:
    """Write down a person's word and do what follows from it.

    Same: the record is the member's, with those that follow it. Different: never again are the two put together or asked;
    a record that is nobody's then becomes a new member. Later: the pair goes to the end of the queue.
    Refused: shared.not_found, shared.repeat_differs, member.pair_settled, member.verdict_unknown.
    """
    if wanted.verdict not in VERDICTS:
        raise VerdictUnknown()
    with transaction.atomic():
        pair, row = _locked(wanted.pair_id)
        if earlier := LinkDecision.objects.filter(id=wanted.id).first():
            if (earlier.pair_id, earlier.verdict) != (wanted.pair_id, wanted.verdict):
                raise RepeatDiffers(id=wanted.id)
            return earlier
        if pair.state != PairState.OPEN:
            raise PairSettled()
        decision = LinkDecision.objects.create(
            id=wanted.id, brand_id=pair.brand_id, pair=pair, member_id=pair.member_id,
            fingerprint=row.fingerprint if row else None, other_id=pair.other_id, verdict=wanted.verdict, by=by, at=now,
        )  # fmt: skip
        if wanted.verdict == "later":
            pair.turn_at = now
            pair.save(update_fields=["turn_at"])
            return decision
        pair.state = PairState.SAME if wanted.verdict == "same" else PairState.DIFFERENT
        pair.save(update_fields=["state"])
        if row is None:
            _decide_members(pair, by, now)
        elif wanted.verdict == "same":
            _give(pair.member_id, row, by, now)
        elif not LinkPair.objects.filter(record_id=row.record_id, state=PairState.OPEN).exists():
            _make(row, by, now)
        facts = {"pair": str(pair.id), "verdict": wanted.verdict}
        record([AuditEntry("pair_decided", "member.member", pair.member_id, pair.brand_id, by, after=facts)], at=now)
    return decision


def take_back(decision_id: UUID, *, by: UUID, now: datetime) -> LinkDecision:
    """Take a word back: the pair is open again, and what followed from "same" is undone. Twice gives the same answer.

    A member that was made because a record was nobody's stays; said "same" later, the two are joined.
    Refused: shared.not_found, member.joined_further.
    """
    with transaction.atomic():
        decision = LinkDecision.objects.filter(id=decision_id).select_related("pair").first()
        if decision is None or decision.pair is None:
            raise NotFound(what="decision")
        pair, row = _locked(decision.pair.id)
        decision = LinkDecision.objects.select_for_update(no_key=True).get(id=decision_id)
        if decision.taken_back_at:
            return decision
        if decision.verdict == "same":
            if row is None:
                undo_join(UndoWanted(_join_id(pair), "taken back"), by=by, now=now)
            elif row.how == LinkHow.DECIDED:
                _take(row, by, now)
        if decision.verdict != "later":
            pair.state, pair.turn_at = PairState.OPEN, now
            pair.save(update_fields=["state", "turn_at"])
        decision.taken_back_at = now
        decision.save(update_fields=["taken_back_at"])
        facts = {"pair": str(pair.id), "verdict": decision.verdict}
        record(
            [AuditEntry("decision_taken_back", "member.member", pair.member_id, pair.brand_id, by, before=facts)],
            at=now,
        )
    return decision


def _locked(pair_id: UUID) -> tuple[LinkPair, LinkedRecord | None]:
    """Lock the pair's record, then the pair: a run that settles the record does so in this order, too."""
    found = LinkPair.objects.filter(id=pair_id).values_list("record_id", flat=True)
    if not found:
        raise NotFound(what="pair")
    row = LinkedRecord.objects.select_for_update(no_key=True).filter(record_id=found[0]).first() if found[0] else None
    pair = LinkPair.objects.select_for_update(no_key=True).filter(id=pair_id).first()
    if pair is None:
        raise NotFound(what="pair")
    if pair.record_id and row is None:
        raise PairSettled()
    return pair, row


def _decide_members(pair: LinkPair, by: UUID, now: datetime) -> None:
    if pair.state == PairState.SAME and pair.other_id:
        wanted = JoinWanted(_join_id(pair), pair.brand_id, pair.member_id, pair.other_id, "linked")
        join_two(wanted, by=by, now=now)


def _join_id(pair: LinkPair) -> UUID:
    return uuid5(pair.id, f"join {LinkDecision.objects.filter(pair=pair, taken_back_at__isnull=False).count()}")


def _followers(row: LinkedRecord) -> list[LinkedRecord]:
    followers = LinkedRecord.objects.select_for_update(no_key=True).filter(lead_id=row.record_id)
    return [row, *followers.order_by("record_id")]


def _give(member_id: UUID, row: LinkedRecord, by: UUID, now: datetime) -> None:
    """Give a record, and those that follow it, to a member; a member that had been made of it meanwhile is joined."""
    rows = _followers(row)
    records = records_by_id([one.record_id for one in rows])
    store_id = ImportFile.objects.filter(id=row.run.file_id).values_list("store_id", flat=True).get()
    own = [[one.member_id] if one.member_id and one.member_id != member_id else [] for one in rows]
    done = attach(
        row.brand_id, [records[one.record_id] for one in rows], member_ids=[member_id] * len(rows), also=own, store_id=store_id,
        by=by, now=now,
    )  # fmt: skip
    for one, did in zip(rows, done, strict=True):
        one.how, one.member_id, one.at = LinkHow.DECIDED, did.member_id, now
        one.filled, one.key_ids, one.join_ids = did.filled, did.key_ids, did.join_ids
        one.save(update_fields=["how", "member_id", "at", "filled", "key_ids", "join_ids"])
    _settle(rows, "matched", now)
    LinkPair.objects.filter(record_id__in=[one.record_id for one in rows], state=PairState.OPEN).update(
        state=PairState.CLOSED
    )


def _make(row: LinkedRecord, by: UUID, now: datetime) -> None:
    """Make a new member of a record that is nobody's, and of those that follow it."""
    if row.member_id:
        return
    rows = _followers(row)
    file = ImportFile.objects.get(id=row.run.file_id)
    records = records_by_id([one.record_id for one in rows])
    (member_id,) = make_members(
        row.brand_id, [records[row.record_id]], source=file.source, store_id=file.store_id, now=now
    )
    done = attach(
        row.brand_id, [records[one.record_id] for one in rows], member_ids=[member_id] * len(rows), also=[[] for _ in rows],
        store_id=file.store_id, by=by, now=now,
    )  # fmt: skip
    for one, did in zip(rows, done, strict=True):
        one.how, one.member_id, one.at, one.key_ids, one.join_ids = (
            LinkHow.CREATED,
            did.member_id,
            now,
            did.key_ids,
            did.join_ids,
        )
        one.save(update_fields=["how", "member_id", "at", "key_ids", "join_ids"])
    _settle(rows, "created", now)


def _take(row: LinkedRecord, by: UUID, now: datetime) -> None:
    """Take a record, and those that follow it, from the member to whom a person gave them."""
    rows = _followers(row)
    joins = [join_id for one in rows for join_id in one.join_ids]
    store_id = ImportFile.objects.filter(id=row.run.file_id).values_list("store_id", flat=True).get()
    detach(rows, store_id=store_id, reason="taken back", by=by, now=now)
    if joins and not _undone(joins):
        raise JoinedFurther()
    for one in rows:
        one.how, one.member_id, one.at, one.filled, one.key_ids, one.join_ids = LinkHow.QUEUED, None, now, [], [], []
        one.save(update_fields=["how", "member_id", "at", "filled", "key_ids", "join_ids"])
    _settle(rows, "queued", now)
    LinkPair.objects.filter(record_id=row.record_id, state=PairState.CLOSED).update(state=PairState.OPEN)


def _undone(join_ids: Sequence[UUID]) -> bool:
    return not MemberJoin.objects.filter(id__in=join_ids, undone_at=None).exists()


def _settle(rows: Sequence[LinkedRecord], state: str, now: datetime) -> None:
    is_now = member_now([one.member_id for one in rows if one.member_id])
    settle_records(
        [one.record_id for one in rows], [is_now.get(one.member_id) if one.member_id else None for one in rows],
        states=[state] * len(rows), now=now,
    )  # fmt: skip
