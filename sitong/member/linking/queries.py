"""Ask for the queue, a pair side by side, runs, bands and what another choice of bands would mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from sitong.member.identity.models import KeyKind, Member, MemberKey
from sitong.member.identity.queries import member_now
from sitong.member.identity.rules import mask_key
from sitong.member.imports.models import ImportFile
from sitong.member.imports.queries import records_by_id
from sitong.member.linking.models import (
    LinkBands,
    LinkDecision,
    LinkedRecord,
    LinkModel,
    LinkPair,
    LinkRun,
    PairState,
    RunState,
)
from sitong.member.linking.rules import Bands, Preview, preview_of
from sitong.member.tiers.models import Birthday
from sitong.shared.access.masking import mask_name, mask_phone
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound

HIDDEN = {"email", "address", "card"}
FAILED_AGAIN_AFTER = timedelta(minutes=5)
PIECE = 5_000
SIDE_FIELDS = ("name", "phone", "birthday", "email", "city", "address", "card", "store")


@dataclass(frozen=True, slots=True)
class Side:
    """One half of a pair: what is known of a record or a member, in clear. `source` says from where, `joined_at` since when."""

    id: UUID
    kind: str
    title: str
    said: Mapping[str, tuple[str, ...]]
    at: datetime


@dataclass(frozen=True, slots=True)
class PairShown:
    """A pair with both sides and its reasons, the strongest first."""

    pair: LinkPair
    left: Side
    right: Side


def bands_of(brand_id: UUID) -> Bands:
    """Give the brand's bands; until it sets some, those it begins with."""
    row = LinkBands.objects.filter(brand_id=brand_id).values_list("join_from_bp", "ask_from_bp").first()
    return Bands(*row) if row else Bands()


def kept_model(brand_id: UUID) -> Mapping[str, Any] | None:
    """Give the newest model of the brand as settings."""
    return LinkModel.objects.filter(brand_id=brand_id).order_by("-version").values_list("parameters", flat=True).first()


def waiting_runs(*, now: datetime) -> list[LinkRun]:
    """Give the runs that a worker should take up, the oldest first; a failed one after a while."""
    ready = Q(state__in=[RunState.WAITING, RunState.RUNNING]) | Q(
        state=RunState.FAILED, done_at__lt=now - FAILED_AGAIN_AFTER
    )
    return list(LinkRun.objects.filter(ready).order_by("asked_at", "id"))


def undone_pairs(import_id: UUID) -> frozenset[tuple[UUID, UUID]]:
    """Give the pairs (record, member) of a file that were joined and undone."""
    undone = LinkPair.objects.filter(run__file_id=import_id, state=PairState.UNDONE, record_id__isnull=False)
    return frozenset((record, member) for record, member in undone.values_list("record_id", "member_id") if record)


def open_pairs(brand_id: UUID) -> int:
    """Give how many pairs wait for a person."""
    return LinkPair.objects.filter(brand_id=brand_id, state=PairState.OPEN).count()


def decided_by(brand_id: UUID, account_id: UUID, *, since: datetime) -> int:
    """Give how many pairs somebody has decided since then."""
    said = LinkDecision.objects.filter(brand_id=brand_id, by=account_id, at__gte=since, taken_back_at=None)
    return said.exclude(verdict="later").count()


def last_decision(brand_id: UUID, account_id: UUID, *, since: datetime) -> LinkDecision | None:
    """Give what somebody said last, if it stands: it can be taken back."""
    said = LinkDecision.objects.filter(brand_id=brand_id, by=account_id, at__gte=since, taken_back_at=None)
    return said.exclude(verdict="later").order_by("-at", "-id").first()


def next_pair(brand_id: UUID) -> LinkPair | None:
    """Give the pair whose turn it is: the one that waits longest, of those put off the one put off first."""
    return LinkPair.objects.filter(brand_id=brand_id, state=PairState.OPEN).order_by("turn_at", "id").first()


def queue_of(brand_id: UUID, *, after: tuple[datetime, UUID] | None = None, limit: int = 50) -> list[LinkPair]:
    """Give pairs that wait, in their turn."""
    pairs = LinkPair.objects.filter(brand_id=brand_id, state=PairState.OPEN).order_by("turn_at", "id")
    if after:
        pairs = pairs.filter(Q(turn_at__gt=after[0]) | Q(turn_at=after[0], id__gt=after[1]))
    return list(pairs[:limit])


def pair_seen(viewer: Viewer, pair_id: UUID) -> LinkPair:
    """Give a pair of the viewer's brand. Raises shared.not_allowed, shared.not_found."""
    viewer.require("member.change")
    pair = LinkPair.objects.filter(id=pair_id).first()
    if pair is None or viewer.system != "brand" or pair.brand_id != viewer.brand_id:
        raise NotFound(what="pair")
    return pair


def run_seen(viewer: Viewer, run_id: UUID) -> LinkRun:
    """Give a run of the viewer's brand. Raises shared.not_allowed, shared.not_found."""
    viewer.require("member.change")
    run = LinkRun.objects.filter(id=run_id).first()
    if run is None or viewer.system != "brand" or run.brand_id != viewer.brand_id:
        raise NotFound(what="run")
    return run


def pair_shown(pair: LinkPair, *, clear: bool) -> PairShown:
    """Give both sides of a pair: in clear for those who may see it, else names, phones and the like masked."""
    shown = _in_clear(pair)
    return shown if clear else PairShown(pair, _masked(shown.left), _masked(shown.right))


def _masked(side: Side) -> Side:
    masks = {"name": mask_name, "phone": mask_phone}
    said = {
        name: tuple(dict.fromkeys(masks.get(name, mask_key if name in HIDDEN else str)(value) for value in values))
        for name, values in side.said.items()
    }
    return Side(side.id, side.kind, side.title, said, side.at)


def _in_clear(pair: LinkPair) -> PairShown:
    member_id = member_now([pair.member_id]).get(pair.member_id, pair.member_id)
    right = _member_side(member_id)
    if pair.record_id:
        return PairShown(pair, _record_side(pair.record_id), right)
    assert pair.other_id is not None
    return PairShown(pair, _member_side(member_now([pair.other_id]).get(pair.other_id, pair.other_id)), right)


def _record_side(record_id: UUID) -> Side:
    record = records_by_id([record_id])[record_id]
    file = ImportFile.objects.get(records=record_id)
    said = {
        "name": record.name, "phone": record.phone, "birthday": record.birthday.isoformat() if record.birthday else "",
        "email": record.email, "city": record.city, "address": record.address, "card": record.card,
        "store": str(file.store_id or ""),
    }  # fmt: skip
    shown = {name: (value,) for name, value in said.items() if value}
    return Side(record_id, "record", f"{file.name} · {record.row}", shown, file.at)


def _member_side(member_id: UUID) -> Side:
    """Gather what is known of a member: its own, that of who was joined into it, and what earlier files said."""
    member = Member.objects.get(id=member_id)
    rows = [member, *Member.objects.filter(joined_into_id=member_id)]
    ids = [row.id for row in rows]
    said: dict[str, list[str]] = {name: [] for name in SIDE_FIELDS}
    for row in rows:
        said["name"].append(row.name)
        said["phone"].append(row.phone)
        said["store"].append(str(row.home_store_id or ""))
    for month, day in Birthday.objects.filter(member_id__in=ids).values_list("month", "day"):
        said["birthday"].append(f"{month:02}-{day:02}")
    said["card"] += MemberKey.objects.filter(member_id__in=ids, kind=KeyKind.CARD).values_list("value", flat=True)
    linked = LinkedRecord.objects.filter(member_id__in=ids).values_list("record_id", flat=True)
    for record in records_by_id(list(linked)).values():
        for name in ("name", "phone", "email", "city", "address", "card"):
            said[name].append(getattr(record, name))
        if record.birthday:
            said["birthday"].append(record.birthday.isoformat())
    shown = {name: tuple(dict.fromkeys(value for value in values if value)) for name, values in said.items()}
    return Side(member_id, "member", member.number, {name: one for name, one in shown.items() if one}, member.joined_at)


def runs_of(brand_id: UUID, *, limit: int = 50) -> list[LinkRun]:
    """Give the brand's runs, the newest first."""
    return list(LinkRun.objects.filter(brand_id=brand_id).order_by("-asked_at", "-id")[:limit])


def run_preview(run: LinkRun, bands: Bands) -> Preview:
    """Tell how many of a run's records would be joined, asked and left alone by these bands."""
    return preview_of(run.histogram, bands)


def pairs_counted(run_id: UUID) -> dict[str, int]:
    """Give how many pairs of a run stand in each state."""
    rows = LinkPair.objects.filter(run_id=run_id).values_list("state").annotate(count=Count("id"))
    return dict(rows)


def joined_pairs(run_id: UUID, *, limit: int = 20) -> list[LinkPair]:
    """Give the least likely of the pairs that a run joined by itself: those to look at first."""
    return list(LinkPair.objects.filter(run_id=run_id, state=PairState.JOINED).order_by("weight", "id")[:limit])


def linked_rows(member_ids: Collection[UUID]) -> Sequence[Mapping[str, Any]]:
    """Give by which records members were recognized: for the member itself."""
    rows = LinkedRecord.objects.filter(member_id__in=member_ids).order_by("at", "record_id")
    return list(rows.values("record_id", "how", "at"))
