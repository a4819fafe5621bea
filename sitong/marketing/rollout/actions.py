"""Make templates, push them to places, and let stores adopt, change and leave them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.parts.registry import part_of
from sitong.marketing.rollout.models import Adoption, CampaignTemplate, PlaceKind, TemplatePush
from sitong.marketing.rollout.queries import frame_of, may_adopt
from sitong.marketing.rollout.rules import (
    FREEDOMS,
    PARTS_MAX,
    Changes,
    PartRef,
    changes_fault,
    parts_read,
    parts_written,
)
from sitong.org.brands.queries import brand_facts
from sitong.org.dealers.queries import dealer_facts
from sitong.org.stores.queries import StoreFacts, store_facts
from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

STORE_KINDS = ("direct", "franchise", "special", "authorized")


class TemplateIncomplete(Refused):
    """A template needs a name, an end not before its beginning, and one to twenty parts of its brand: fact fault."""

    code = "marketing.template_incomplete"


class TemplateFrozen(Refused):
    """Stores run it: only its texts change now, and its end to a later day."""

    code = "marketing.template_frozen"


class TemplateEnded(Refused):
    """It was ended for good, or its last day is over."""

    code = "marketing.template_ended"


class TemplateNotPushed(Refused):
    """Headquarters has not pushed it to this store, or only tries it out elsewhere."""

    code = "marketing.template_not_pushed"


class NotYoursToChange(Refused):
    """Headquarters has not left this to the stores, or it goes beyond the template: fact what."""

    code = "marketing.template_not_yours_to_change"


@dataclass(frozen=True, slots=True)
class TemplateWanted:
    """A template as headquarters wants it. Days are inclusive."""

    id: UUID
    brand_id: UUID
    name: str
    starts_on: date
    ends_on: date
    parts: tuple[PartRef, ...]
    name_en: str = ""
    script: str = ""
    script_en: str = ""
    freedoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a template is pushed to: `kind` brand, dealer or store with its id, or store_kind with the kind's name."""

    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class AdoptionWanted:
    """A store wants to run a template, with its own changes."""

    template_id: UUID
    store_id: UUID
    changes: Changes = field(default_factory=Changes)


def make_template(wanted: TemplateWanted, *, by: UUID | None, now: datetime) -> CampaignTemplate:
    """Make a draft; the same id with the same content gives the same row. Raises TemplateIncomplete, RepeatDiffers."""
    _refuse_incomplete(wanted)
    with transaction.atomic():
        fields = _fields(wanted)
        made, fresh = CampaignTemplate.objects.get_or_create(
            id=wanted.id, defaults={**fields, "brand_id": wanted.brand_id, "created_at": now, "created_by": by}
        )
        if not fresh and (
            made.brand_id != wanted.brand_id or any(getattr(made, key) != value for key, value in fields.items())
        ):
            raise RepeatDiffers(id=wanted.id)
        if fresh:
            record(
                [AuditEntry("made", "marketing.template", made.id, made.brand_id, by, {}, {"name": made.name})], at=now
            )
    return made  # fmt: skip


def change_template(wanted: TemplateWanted, *, by: UUID | None, now: datetime) -> CampaignTemplate:
    """Change a template. Once published only texts, and the end to a later day. Raises TemplateIncomplete, TemplateFrozen, TemplateEnded."""
    _refuse_incomplete(wanted)
    with transaction.atomic():
        one = _locked(wanted.id)
        if one.brand_id != wanted.brand_id:
            raise NotFound(what="template")
        if one.ended_at is not None:
            raise TemplateEnded()
        fields = _fields(wanted)
        before = {key: getattr(one, key) for key in fields}
        settled = one.published_at is not None or one.adoptions.exists()
        hard = {key for key in ("parts", "freedoms", "starts_on") if fields[key] != before[key]}
        if settled and (hard or wanted.ends_on < one.ends_on):
            raise TemplateFrozen()
        if wanted.ends_on > one.ends_on:  # stores that kept the template's own end run as long as it does
            one.adoptions.filter(ends_on=one.ends_on).update(ends_on=wanted.ends_on)
        for key, value in fields.items():
            setattr(one, key, value)
        one.save()
        gone, come = differing(before, fields)
        record([AuditEntry("changed", "marketing.template", one.id, one.brand_id, by, gone, come)], at=now)
    return one


def push_template(template_id: UUID, places: Sequence[Place], *, by: UUID | None, now: datetime) -> int:
    """Push a template to places; gives to how many it had not been pushed. Before it is published they try it out.

    Raises NotFound for a place that is none of the brand's, TemplateEnded.
    """
    with transaction.atomic():
        one = _locked(template_id)
        if one.ended_at is not None:
            raise TemplateEnded()
        _refuse_strange(one.brand_id, places)
        earlier = {(row.place_kind, row.place): row for row in TemplatePush.objects.filter(template=one)}
        trial = one.published_at is None
        fresh = [
            TemplatePush(brand_id=one.brand_id, template=one, place_kind=place.kind, place=place.place, trial=trial, pushed_at=now, by=by)
            for place in dict.fromkeys(places) if (place.kind, place.place) not in earlier
        ]  # fmt: skip
        TemplatePush.objects.bulk_create(fresh)
        if fresh:
            said = {"places": [f"{row.place_kind}:{row.place}" for row in fresh], "trial": trial}
            record([AuditEntry("pushed", "marketing.template", one.id, one.brand_id, by, {}, said)], at=now)
    return len(fresh)


def recall_template(template_id: UUID, places: Sequence[Place], *, by: UUID | None, now: datetime) -> int:
    """Take a push back, so that no further store below adopts; those that have adopted go on. Gives how many there were."""
    with transaction.atomic():
        one = _locked(template_id)
        count = 0
        for place in places:
            count += TemplatePush.objects.filter(template=one, place_kind=place.kind, place=place.place).delete()[0]
        if count:
            said = {"places": [f"{place.kind}:{place.place}" for place in places]}
            record([AuditEntry("recalled", "marketing.template", one.id, one.brand_id, by, said, {})], at=now)
    return count


def publish_template(template_id: UUID, *, by: UUID | None, now: datetime) -> CampaignTemplate:
    """Open it to all places it is pushed to, also those that tried it out. Again: nothing changes. Raises TemplateEnded."""
    with transaction.atomic():
        one = _locked(template_id)
        if one.ended_at is not None:
            raise TemplateEnded()
        if one.published_at is None:
            one.published_at = now
            one.save(update_fields=["published_at"])
            TemplatePush.objects.filter(template=one).update(trial=False)
            record([AuditEntry("published", "marketing.template", one.id, one.brand_id, by, {}, {})], at=now)
    return one


def end_template(template_id: UUID, *, by: UUID | None, now: datetime) -> CampaignTemplate:
    """End it for good: every store that runs it leaves it. Again: nothing changes."""
    with transaction.atomic():
        one = _locked(template_id)
        if one.ended_at is None:
            for row in Adoption.objects.filter(template=one, left_at=None).order_by("store_id"):
                _leave(row, by=by, now=now)
            one.ended_at = now
            one.save(update_fields=["ended_at"])
            record([AuditEntry("ended", "marketing.template", one.id, one.brand_id, by, {}, {})], at=now)
    return one


def adopt_templates(wanted: Sequence[AdoptionWanted], *, by: UUID | None, now: datetime) -> list[Adoption | Refused]:
    """Let stores run templates: its parts hold there from now on. What is run already is changed to what is wanted now.

    Refused: shared.not_found, marketing.template_not_pushed, marketing.template_ended,
    marketing.template_not_yours_to_change, and what a part refuses with. One refused never touches the others.
    """
    with transaction.atomic():
        templates = {one.id: one for one in _lock({one.template_id for one in wanted})}
        stores = store_facts({one.store_id for one in wanted})
        pushed = may_adopt(templates.values(), stores.values())
        return [_each(lambda one=one: _adopt(one, templates, stores, pushed, by=by, now=now)) for one in wanted]  # type: ignore[misc]


def leave_templates(pairs: Sequence[tuple[UUID, UUID]], *, by: UUID | None, now: datetime) -> list[Adoption | Refused]:
    """Let stores run templates no more, by (template_id, store_id). Again: the same row. Refused: shared.not_found."""
    with transaction.atomic():
        _lock({template_id for template_id, _ in pairs})
        outcomes: list[Adoption | Refused] = []
        for template_id, store_id in pairs:
            row = Adoption.objects.filter(template_id=template_id, store_id=store_id).first()
            if row is None:
                outcomes.append(NotFound(what="adoption"))
                continue
            outcomes.append(row if row.left_at else _leave(row, by=by, now=now))
        return outcomes


def _each(act: Callable[[], Adoption]) -> Adoption | Refused:
    """Do one of several; what it wrote before it was refused goes back alone."""
    try:
        with transaction.atomic():
            return act()
    except Refused as refused:
        return refused


def _adopt(
    wanted: AdoptionWanted, templates: dict[UUID, CampaignTemplate], stores: dict[UUID, StoreFacts], pushed: set[tuple[UUID, UUID]],
    *, by: UUID | None, now: datetime,
) -> Adoption:  # fmt: skip
    one, store = templates.get(wanted.template_id), stores.get(wanted.store_id)
    if one is None or store is None or store.brand_id != one.brand_id or store.closed_at is not None:
        raise NotFound(what="template" if one is None else "store")
    frame = frame_of(one)
    if one.ended_at is not None or one.ends_on < business_date(now, store.zone):
        raise TemplateEnded()
    if (one.id, store.id) not in pushed:
        raise TemplateNotPushed()
    if fault := changes_fault(frame, wanted.changes):
        raise NotYoursToChange(what=fault)
    row = Adoption.objects.filter(template=one, store_id=store.id).first() or Adoption(
        template=one, store_id=store.id, brand_id=one.brand_id, adopted_at=now, adopted_by=by
    )
    fresh = row._state.adding or row.left_at is not None
    before = () if fresh else parts_read(row.parts)
    after = wanted.changes.parts if wanted.changes.parts is not None else frame.parts
    if fresh:
        row.adopted_at, row.adopted_by, row.left_at, row.left_by = now, by, None, None
    row.notice = wanted.changes.notice
    row.starts_on, row.ends_on = wanted.changes.starts_on or one.starts_on, wanted.changes.ends_on or one.ends_on
    row.parts = parts_written(after)
    row.save()
    _act("leave", [ref for ref in before if ref not in after], store.id, by=by, now=now)
    _act("adopt", [ref for ref in after if ref not in before], store.id, by=by, now=now)
    said = {
        "store_id": store.id,
        "notice": row.notice,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "parts": len(row.parts),
    }
    verb = "adopted" if fresh else "changed_in_store"
    record([AuditEntry(verb, "marketing.template", one.id, one.brand_id, by, {}, said)], at=now)
    return row


def _leave(row: Adoption, *, by: UUID | None, now: datetime) -> Adoption:
    _act("leave", parts_read(row.parts), row.store_id, by=by, now=now)
    row.left_at, row.left_by = now, by
    row.save()
    said = {"store_id": row.store_id}
    record([AuditEntry("left", "marketing.template", row.template_id, row.brand_id, by, said, {})], at=now)
    return row


def _act(verb: str, refs: Sequence[PartRef], store_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Let parts in or out of a store, a call for each kind."""
    for kind in sorted({ref.kind for ref in refs}):
        part = part_of(kind)
        if part is not None:
            getattr(part, verb)([ref.id for ref in refs if ref.kind == kind], store_id, by=by, now=now)


def _locked(template_id: UUID) -> CampaignTemplate:
    found = _lock({template_id})
    if not found:
        raise NotFound(what="template")
    return found[0]


def _lock(template_ids: set[UUID]) -> list[CampaignTemplate]:
    """Lock templates in the order of their ids: what is decided of a template or its stores is decided under this lock."""
    return list(CampaignTemplate.objects.filter(id__in=template_ids).order_by("id").select_for_update(no_key=True))


def _refuse_incomplete(wanted: TemplateWanted) -> None:
    fault = ""
    if not wanted.name.strip():
        fault = "name"
    elif wanted.ends_on < wanted.starts_on:
        fault = "dates"
    elif not 1 <= len(set(wanted.parts)) <= PARTS_MAX or len(set(wanted.parts)) != len(wanted.parts):
        fault = "parts"
    elif set(wanted.freedoms) - set(FREEDOMS):
        fault = "freedoms"
    else:
        for kind in {ref.kind for ref in wanted.parts}:
            part = part_of(kind)
            ids = {ref.id for ref in wanted.parts if ref.kind == kind}
            if part is None or not part.belong(ids, wanted.brand_id):
                fault = "parts"
    if fault:
        raise TemplateIncomplete(fault=fault)


def _refuse_strange(brand_id: UUID, places: Sequence[Place]) -> None:
    try:
        ids = {kind: [UUID(one.place) for one in places if one.kind == kind] for kind in ("brand", "dealer", "store")}
    except ValueError:
        raise NotFound(what="place") from None
    brands = [one.id for one in brand_facts(ids["brand"]).values()] if ids["brand"] else []
    dealers = [one.brand_id for one in dealer_facts(ids["dealer"]).values()] if ids["dealer"] else []
    stores = [one.brand_id for one in store_facts(ids["store"]).values()] if ids["store"] else []
    found = brands + dealers + stores
    if any(one != brand_id for one in found) or len(found) != sum(len(set(one)) for one in ids.values()):
        raise NotFound(what="place")
    for one in places:
        if one.kind not in PlaceKind.values or (one.kind == "store_kind" and one.place not in STORE_KINDS):
            raise NotFound(what="place")


def _fields(wanted: TemplateWanted) -> dict[str, object]:
    return {
        "name": wanted.name.strip(), "name_en": wanted.name_en.strip(), "script": wanted.script, "script_en": wanted.script_en,
        "parts": parts_written(wanted.parts), "freedoms": sorted(set(wanted.freedoms)), "starts_on": wanted.starts_on,
        "ends_on": wanted.ends_on,
    }  # fmt: skip
