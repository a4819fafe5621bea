"""What a run has decided of a piece of records is written down: members, keys, joins, the queue. And a run is undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from sitong.member.identity.actions.locks import lock_members_now
from sitong.member.imports.actions import settle_records
from sitong.member.imports.models import ImportFile, ImportRecord
from sitong.member.imports.queries import ImportedRecord
from sitong.member.linking.actions.attaching import Attached, attach, detach, make_members
from sitong.member.linking.matching import Matched
from sitong.member.linking.models import LinkDecision, LinkedRecord, LinkHow, LinkPair, LinkRun, PairState, RunState
from sitong.member.linking.rules import Verdict
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused

PIECE = 500
STATES = {
    LinkHow.CERTAIN: "matched", LinkHow.JOINED: "matched", LinkHow.AGAIN: "matched", LinkHow.CREATED: "created",
    LinkHow.DECIDED: "matched", LinkHow.QUEUED: "queued",
}  # fmt: skip
MATCHED = (LinkHow.CERTAIN, LinkHow.JOINED, LinkHow.AGAIN)


class RunNotDone(Refused):
    """Only a run that is done can be undone."""

    code = "member.link_not_done"


def settle_piece(run_id: UUID, matched: Matched, *, nodes: Sequence[int], now: datetime) -> int:
    """Write down what was decided of these records (by their numbers), whole or not at all; give how many were settled.

    What a person has decided since the run looked is left as the person said. Constant statements for a piece.
    """
    with transaction.atomic():
        run = LinkRun.objects.select_for_update(no_key=True).get(id=run_id)
        if run.state != RunState.RUNNING:
            return 0
        verdicts = _still_open(run, [matched.decided.verdicts[node - 1] for node in nodes], matched, now)
        if not verdicts:
            return 0
        file = ImportFile.objects.get(id=run.file_id)
        leads = _leads(verdicts, matched)
        made = [one for one in verdicts if one.how == "created" and not one.target]
        ids = make_members(
            run.brand_id, [matched.records[one.record - 1] for one in made],
            source=file.source, store_id=file.store_id, now=now,
        )  # fmt: skip
        leads |= {one.record: member_id for one, member_id in zip(made, ids, strict=True)}
        owners = {one.record: _owner(one, matched, leads) for one in verdicts}
        verdicts = [one for one in verdicts if one.how == "queued" or owners[one.record]]
        attached = _attach(run, file, verdicts, owners, matched, now)
        hows = {one.record: _how(one, matched) for one in verdicts}
        _write(run, verdicts, owners, attached, hows, matched, now)
        _write_pairs(run, verdicts, owners, leads, matched, now)
        counts = Counter(str(hows[one.record]) for one in verdicts)
        for name, count in counts.items():
            setattr(run, name, F(name) + count)
        run.done = F("done") + len(verdicts)
        run.joins = F("joins") + sum(len(one.join_ids) for one in attached.values())
        run.save(update_fields=[*counts, "done", "joins"])
    return len(verdicts)


def undo_run(run_id: UUID, *, by: UUID | None, now: datetime) -> LinkRun:
    """Take back what a run joined: records are nobody's again, joins of members are undone, the queue is emptied.

    In pieces, each whole: killed in between, the same call goes on. Members that the run made stay: they may have bought
    since, and their records stay theirs; so does what people decided. Pairs that were joined are asked from now on.
    Twice gives the same answer. Refused: shared.not_found, member.link_not_done.
    """
    while _undo_piece(run_id, by, now):
        pass
    with transaction.atomic():
        run = LinkRun.objects.select_for_update(no_key=True).get(id=run_id)
        if run.state != RunState.UNDONE:
            run.state, run.undone_by, run.undone_at = RunState.UNDONE, by, now
            run.save(update_fields=["state", "undone_by", "undone_at"])
            record(
                [AuditEntry("link_undone", "member.link_run", run.id, run.brand_id, by, after={"records": run.undone})],
                at=now,
            )
    return run


def _undo_piece(run_id: UUID, by: UUID | None, now: datetime) -> int:
    with transaction.atomic():
        run = LinkRun.objects.select_for_update(no_key=True).filter(id=run_id).first()
        if run is None:
            raise NotFound(what="run")
        if run.state not in {RunState.DONE, RunState.UNDONE}:
            raise RunNotDone()
        wanted = LinkedRecord.objects.filter(run_id=run_id, how__in=[*MATCHED, LinkHow.QUEUED])
        rows = list(wanted.select_for_update(no_key=True).order_by("record_id")[:PIECE])
        store_id = ImportFile.objects.filter(id=run.file_id).values_list("store_id", flat=True).get()
        matched = [row for row in rows if row.how != LinkHow.QUEUED]
        detach(matched, store_id=store_id, reason=f"{run.title}"[:200], by=by, now=now)
        ids = [row.record_id for row in rows]
        LinkPair.objects.filter(record_id__in=ids, state=PairState.JOINED).update(state=PairState.UNDONE)
        LinkPair.objects.filter(record_id__in=ids, state=PairState.OPEN).update(state=PairState.CLOSED)
        settle_records(ids, [None] * len(ids), states=["waiting"] * len(ids), now=now)
        LinkedRecord.objects.filter(record_id__in=ids).delete()
        run.undone += len(matched)
        run.save(update_fields=["undone"])
    return len(rows)


def _still_open(run: LinkRun, verdicts: Sequence[Verdict], matched: Matched, now: datetime) -> list[Verdict]:
    """Enter the records, lock them, and give the verdicts on those that nobody settled since."""
    by_id = {matched.records[one.record - 1].id: one for one in verdicts}
    LinkedRecord.objects.bulk_create(
        [
            LinkedRecord(record_id=id, brand_id=run.brand_id, run=run, fingerprint=matched.prints[one.record - 1], how=LinkHow.QUEUED, at=now)
            for id, one in sorted(by_id.items())
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    queued = LinkedRecord.objects.select_for_update(no_key=True).filter(record_id__in=by_id, how=LinkHow.QUEUED)
    rows = list(queued.order_by("record_id"))
    waiting = set(ImportRecord.objects.filter(id__in=by_id, state="waiting").values_list("id", flat=True))
    still = {row.record_id for row in rows if row.run_id != run.id or row.record_id in waiting}
    spoken = _spoken_against([by_id[id] for id in still], matched)
    return [one for id, one in by_id.items() if id in still and one.record not in spoken]


def _spoken_against(verdicts: Sequence[Verdict], matched: Matched) -> set[int]:
    """Give the records that a run would give to a member of whom a person has said meanwhile that it is another one."""
    wanted = {one.record: matched.known.members[-one.target - 1] for one in verdicts if one.target < 0}
    prints = {matched.prints[record - 1] for record in wanted}
    said = LinkDecision.objects.filter(fingerprint__in=prints, verdict="different", taken_back_at=None)
    against = {(bytes(seen or b""), member_id) for seen, member_id in said.values_list("fingerprint", "member_id")}
    return {record for record, member_id in wanted.items() if (matched.prints[record - 1], member_id) in against}


def _leads(verdicts: Sequence[Verdict], matched: Matched) -> dict[int, UUID]:
    """Give the members of records of earlier pieces that are named here: as the one to follow, or to be compared with."""
    named = {one.target for one in verdicts if one.target > 0}
    named |= {edge.other(one.record) for one in verdicts for edge in one.asked if edge.other(one.record) > 0}
    ids = {matched.records[node - 1].id: node for node in named}
    rows = LinkedRecord.objects.filter(record_id__in=ids, member_id__isnull=False).values_list("record_id", "member_id")
    return {ids[record_id]: member_id for record_id, member_id in rows if member_id}


def _owner(one: Verdict, matched: Matched, leads: Mapping[int, UUID]) -> UUID | None:
    if one.how == "queued":
        return None
    if one.target < 0:
        return matched.known.members[-one.target - 1]
    return leads.get(one.target or one.record)


def _how(one: Verdict, matched: Matched) -> LinkHow:
    return LinkHow.AGAIN if one.how == "certain" and one.record in matched.words.again else LinkHow(one.how)


def _attach(
    run: LinkRun, file: ImportFile, verdicts: Sequence[Verdict], owners: Mapping[int, UUID | None], matched: Matched, now: datetime
) -> dict[int, Attached]:  # fmt: skip
    """Give the records of the piece to their members, and join members that they show to be one."""
    given = [one for one in verdicts if owners[one.record]]
    known = matched.known.members
    also = {record: [known[-other - 1] for other in others] for record, others in matched.joins_of.items()}
    named = {owner for owner in owners.values() if owner} | {id for one in given for id in also.get(one.record, ())}
    lock_members_now(sorted(named))
    records: list[ImportedRecord] = [matched.records[one.record - 1] for one in given]
    members = [owner for one in given if (owner := owners[one.record])]
    done = attach(
        run.brand_id, records, member_ids=members, also=[also.get(one.record, []) for one in given], store_id=file.store_id,
        by=run.by, now=now,
    )  # fmt: skip
    return {one.record: attached for one, attached in zip(given, done, strict=True)}


def _write(
    run: LinkRun, verdicts: Sequence[Verdict], owners: Mapping[int, UUID | None], attached: Mapping[int, Attached],
    hows: Mapping[int, LinkHow], matched: Matched, now: datetime,
) -> None:  # fmt: skip
    rows = []
    for one in verdicts:
        did = attached.get(one.record) or Attached(run.id)
        rows.append(LinkedRecord(
            record_id=matched.records[one.record - 1].id, brand_id=run.brand_id, run=run, fingerprint=matched.prints[one.record - 1],
            how=hows[one.record], member_id=owners[one.record] and did.member_id,
            lead_id=matched.records[one.target - 1].id if one.target > 0 else None,
            filled=did.filled, key_ids=did.key_ids, join_ids=did.join_ids, at=now,
        ))  # fmt: skip
    LinkedRecord.objects.bulk_create(
        rows, batch_size=PIECE, update_conflicts=True, unique_fields=["record_id"],
        update_fields=["run", "how", "member_id", "lead_id", "filled", "key_ids", "join_ids", "at"],
    )  # fmt: skip
    settle_records(
        [row.record_id for row in rows], [row.member_id for row in rows],
        states=[STATES[LinkHow(row.how)] for row in rows], now=now,
    )  # fmt: skip


def _write_pairs(
    run: LinkRun, verdicts: Sequence[Verdict], owners: Mapping[int, UUID | None], leads: Mapping[int, UUID], matched: Matched, now: datetime
) -> None:  # fmt: skip
    """Write the pairs: what was joined, with the reasons, and what is to be asked. A pair asked before stands no more."""
    pairs: list[LinkPair] = []
    for one in verdicts:
        owner = owners[one.record]
        ends = [(edge.other(one.record), PairState.OPEN) for edge in one.asked]
        if owner and one.target < 0:
            ends = [(one.target, PairState.JOINED)]
        for end, state in ends:
            member_id = matched.known.members[-end - 1] if end < 0 else leads.get(end)
            why = matched.reason_of(one.record, end)
            if member_id is None or why is None:
                continue
            pairs.append(LinkPair(
                brand_id=run.brand_id, run=run, member_id=member_id, record_id=matched.records[one.record - 1].id, state=state,
                weight=why.weight, probability=why.probability, reasons=why.reasons, turn_at=now,
            ))  # fmt: skip
    records = [matched.records[one.record - 1].id for one in verdicts]
    LinkPair.objects.filter(record_id__in=records, state=PairState.OPEN).delete()
    LinkPair.objects.bulk_create(
        pairs, batch_size=PIECE, update_conflicts=True, unique_fields=["record_id", "member_id"],
        update_fields=["run", "state", "weight", "probability", "reasons", "turn_at"],
    )  # fmt: skip
