"""Templates as headquarters, dealers and stores see them, who runs them, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from sitong.marketing.parts.registry import Choice, part_of, store_sales
from sitong.marketing.rollout.models import Adoption, CampaignTemplate, TemplatePush
from sitong.marketing.rollout.rules import Frame, Outcome, PartRef, parts_read
from sitong.member.profile.queries import visits_counted
from sitong.org.dealers.queries import dealer_facts
from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import business_date, day_bounds
from sitong.shared.statements import days, run, uuids

MEMBERS_MAX = 50_000
COUNTED = """
SELECT p.store_id, count(DISTINCT t.member_id), count(*) FILTER (WHERE t.redeemed), coalesce(sum(t.cost_minor), 0)::bigint,
       (array_agg(DISTINCT t.order_id) FILTER (WHERE t.order_id IS NOT NULL))[:{most}],
       (array_agg(DISTINCT t.member_id) FILTER (WHERE t.member_id IS NOT NULL))[:{most}]
FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[]) AS p(store_id, since, until)
JOIN ({touches}) AS t(store_id, member_id, redeemed, order_id, cost_minor, at)
  ON t.store_id = p.store_id AND t.at >= p.since AND t.at < p.until
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class RunningPart:
    """One part of a template as people see it."""

    ref: PartRef
    label: Any
    icon: str
    choice: Choice


def templates_visible_to(viewer: Viewer) -> QuerySet[CampaignTemplate]:
    """Give the templates of the viewer's brand: headquarters all, dealers and stores those pushed to a store they see."""
    if viewer.system == "consumer" or not viewer.may("coupon.see"):
        return CampaignTemplate.objects.none()
    found = CampaignTemplate.objects.filter(Q(brand_id=viewer.brand_id))
    if viewer.place_ids("brand", "coupon.see"):
        return found
    stores = list(stores_visible_to(viewer, "coupon.see").filter(closed_at=None).select_related("dealer"))
    return found.filter(
        Q(pushes__in=_pushes_above(stores)) | Q(adoptions__store_id__in=[one.id for one in stores])
    ).distinct()


def template_known(template_id: UUID) -> bool:
    """Tell whether there is such a template."""
    return CampaignTemplate.objects.filter(id=template_id).exists()


def with_state(templates: Iterable[CampaignTemplate], *, today: date) -> list[CampaignTemplate]:
    """Mark each with its `state`: draft, trial (pushed before it is published), coming, running, over, ended. One statement."""
    shown = list(templates)
    pushed = dict(
        TemplatePush.objects.filter(template__in=shown).values_list("template_id").annotate(n=Count("id")).order_by()
    )
    adopted = dict(
        Adoption.objects.filter(template__in=shown, left_at=None).values_list("template_id").annotate(n=Count("store_id")).order_by()
    )  # fmt: skip
    for one in shown:
        one.state = state_of(one, pushed=bool(pushed.get(one.id)), today=today)  # type: ignore[attr-defined]
        one.adopted = adopted.get(one.id, 0)  # type: ignore[attr-defined]
    return shown


def state_of(one: CampaignTemplate, *, pushed: bool, today: date) -> str:
    """Name where a template stands on a day."""
    if one.ended_at is not None:
        return "ended"
    if one.published_at is None:
        return "trial" if pushed else "draft"
    if today < one.starts_on:
        return "coming"
    return "running" if today <= one.ends_on else "over"


def frame_of(one: CampaignTemplate) -> Frame:
    """Give what a store's changes are held against."""
    return Frame(one.starts_on, one.ends_on, parts_read(one.parts), frozenset(one.freedoms))


def may_adopt(templates: Collection[CampaignTemplate], stores: Collection[StoreFacts]) -> set[tuple[UUID, UUID]]:
    """Give the pairs (template_id, store_id) where a push reaches the store: by brand, kind, dealer's branch, or name."""
    paths = {one.id: one.path for one in dealer_facts({one.dealer_id for one in stores if one.dealer_id}).values()}
    published = {one.id for one in templates if one.published_at is not None}
    pushes = TemplatePush.objects.filter(template__in=[one.id for one in templates])
    pairs: set[tuple[UUID, UUID]] = set()
    for push in pushes:
        if push.template_id not in published and not push.trial:
            continue
        for store in stores:
            if store.brand_id == push.brand_id and push.place in _places(
                store, paths.get(store.dealer_id, "") if store.dealer_id else ""
            ):
                pairs.add((push.template_id, store.id))
    return pairs


def pushed_to(store: StoreFacts, *, today: date) -> list[CampaignTemplate]:
    """Give the templates that a store may adopt or has adopted, running and coming ones, those that begin last first."""
    path = dealer_facts([store.dealer_id])[store.dealer_id].path if store.dealer_id else ""
    reached = TemplatePush.objects.filter(brand_id=store.brand_id, place__in=_places(store, path))
    open_now = Q(pushes__in=reached.filter(Q(trial=True) | Q(template__published_at__isnull=False)))
    mine = Q(adoptions__store_id=store.id, adoptions__left_at=None)
    found = CampaignTemplate.objects.filter(open_now | mine, brand_id=store.brand_id, ended_at=None, ends_on__gte=today)
    return list(found.distinct().order_by("-starts_on", "-id"))


def adoptions_of(
    template_ids: Collection[UUID], store_ids: Collection[UUID] | None = None
) -> dict[tuple[UUID, UUID], Adoption]:
    """Give who runs or ran templates (in these stores), by template and store."""
    rows = Adoption.objects.filter(template_id__in=template_ids)
    if store_ids is not None:
        rows = rows.filter(store_id__in=store_ids)
    return {(row.template_id, row.store_id): row for row in rows}


def running_in(brand_id: UUID, store_id: UUID, *, today: date) -> list[tuple[CampaignTemplate, Adoption]]:
    """Give what a store runs today, for its visitors. One statement."""
    rows = Adoption.objects.filter(
        brand_id=brand_id, store_id=store_id, left_at=None, starts_on__lte=today, ends_on__gte=today, template__ended_at=None
    ).select_related("template").order_by("-starts_on", "template_id")  # fmt: skip
    return [(row.template, row) for row in rows]


def pushes_of(template_id: UUID) -> list[TemplatePush]:
    """Give where a template was pushed to, in order of time."""
    return list(TemplatePush.objects.filter(template_id=template_id).order_by("pushed_at", "id"))


def parts_shown(refs: Sequence[PartRef]) -> list[RunningPart]:
    """Name parts for people; what no topic knows any more is left out. One statement for each kind."""
    named: dict[PartRef, RunningPart] = {}
    for kind in {ref.kind for ref in refs}:
        part = part_of(kind)
        found: Mapping[UUID, Choice] = part.named([ref.id for ref in refs if ref.kind == kind]) if part else {}
        for key, choice in found.items():
            assert part is not None
            named[PartRef(kind, key)] = RunningPart(PartRef(kind, key), part.label, part.icon, choice)
    return [named[ref] for ref in refs if ref in named]


def outcomes_of(template: CampaignTemplate, stores: Collection[StoreFacts], *, at: datetime) -> dict[UUID, Outcome]:
    """Count what came of a template in each of the stores that run or ran it, up to now.

    Counted are the days of the store's adoption: people whom a part reached there, the visits that they made to the store
    in that time, redemptions, the paid orders in which they were made, and what the parts cost. Three statements,
    whatever the number of stores, and one for each kind of part's names.
    """
    rows = [row for (_, store_id), row in adoptions_of([template.id], [one.id for one in stores]).items() if store_id]
    zones = {one.id: one.zone for one in stores}
    refs = parts_read(template.parts)
    periods = {row.store_id: _period(row, zones[row.store_id], at) for row in rows}
    kinds = {ref.kind for ref in refs}
    touching = [
        (part, [ref.id for ref in refs if ref.kind == kind]) for kind in sorted(kinds) if (part := part_of(kind))
    ]
    if not periods or not touching:
        return {row.store_id: Outcome() for row in rows}
    texts, values = zip(*(part.touches(ids, list(periods)) for part, ids in touching), strict=True)
    statement = COUNTED.format(most=MEMBERS_MAX, touches=" UNION ALL ".join(texts))
    ids = sorted(periods)
    counted = run(statement, [uuids(ids), days([periods[one][0] for one in ids]), days([periods[one][1] for one in ids]), *(
        value for some in values for value in some
    )])  # fmt: skip
    visits = visits_counted([(row[0], member_id, *periods[row[0]]) for row in counted for member_id in row[5] or ()])
    sales = store_sales({order_id for row in counted for order_id in row[4] or ()})
    found = {one: Outcome() for one in ids}
    for store_id, reached, redeemed, cost, _orders, _members in counted:
        sold = sales.get(store_id)
        found[store_id] = Outcome(
            reached,
            visits.get(store_id, 0),
            redeemed,
            sold.orders if sold else 0,
            sold.total_minor if sold else 0,
            cost,
        )
    return found


def _period(row: Adoption, zone: str, at: datetime) -> tuple[datetime, datetime]:
    """Give the instants between which a store's adoption counts: its days, from when it was adopted until it was left."""
    since = max(day_bounds(row.starts_on, zone)[0], day_bounds(business_date(row.adopted_at, zone), zone)[0])
    until = min(day_bounds(row.ends_on, zone)[1], row.left_at or at)
    return since, max(since, until)


def _places(store: StoreFacts, dealer_path: str) -> list[str]:
    """Give what a push must name to reach a store: the brand, the store's kind, each dealer above it, itself."""
    above = [str(UUID(part)) for part in dealer_path.split("/") if part]
    return [str(store.brand_id), store.kind, *above, str(store.id)]


def _pushes_above(stores: Iterable[Any]) -> QuerySet[TemplatePush]:
    places = {place for one in stores for place in _places(one, one.dealer.path if one.dealer else "")}
    return TemplatePush.objects.filter(
        Q(trial=True) | Q(template__published_at__isnull=False), place__in=sorted(places)
    )
