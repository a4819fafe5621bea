"""Read what plans say, as deciding needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sitong.marketing.giving.rules import reward_read, reward_written
from sitong.marketing.scans.rules import PlanTerms, Prize
from sitong.shared.statements import run, uuids

READ = """
SELECT id, brand_id, prizes, starts_at, ends_at, budget_minor, rewards_daily, per_member, per_member_daily,
       paused_at IS NULL AND ended_at IS NULL, batch_id, product_id
FROM marketing_scanplan
WHERE published_at IS NOT NULL AND (id = ANY(%s::uuid[]) OR batch_id = ANY(%s::uuid[]) OR product_id = ANY(%s::uuid[]))
ORDER BY starts_at DESC, id
"""


@dataclass(frozen=True, slots=True)
class PlanFound:
    """A published plan and what it is for."""

    terms: PlanTerms
    batch_id: UUID | None
    product_id: UUID | None


def terms_kept(plan_ids: Iterable[UUID]) -> dict[UUID, PlanTerms]:
    """Give what these plans say; the caller has locked their counts. One statement, none without plans."""
    ids = sorted(set(plan_ids))
    return {one.terms.id: one.terms for one in plans_found(ids)} if ids else {}


def plans_found(
    plan_ids: Iterable[UUID], *, batches: Iterable[UUID] = (), products: Iterable[UUID] = ()
) -> list[PlanFound]:
    """Give published plans by id, and those of batches and of products, the latest begun first. One statement."""
    rows = run(READ, [uuids(sorted(set(plan_ids))), uuids(sorted(set(batches))), uuids(sorted(set(products)))])
    return [PlanFound(PlanTerms(row[0], row[1], prizes_read(row[2]), *row[3:10]), row[10], row[11]) for row in rows]


def prizes_read(kept: Iterable[Mapping[str, Any]]) -> tuple[Prize, ...]:
    """Read prizes from their JSON column."""
    return tuple(
        Prize(reward_read(one["reward"]), int(one["chance_ppm"]), int(one.get("cost_minor", 0)), one.get("quantity"))
        for one in kept
    )


def prizes_written(prizes: Iterable[Prize]) -> list[dict[str, Any]]:
    """Write prizes as their JSON column keeps them."""
    return [
        {"reward": reward_written(one.reward), "chance_ppm": one.chance_ppm, "cost_minor": one.cost_minor, "quantity": one.quantity}
        for one in prizes
    ]  # fmt: skip
