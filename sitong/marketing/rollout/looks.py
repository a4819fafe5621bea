"""How templates are shown: rows of results by store and dealer, and the parts to choose from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.parts.registry import Choice, Part
from sitong.marketing.rollout.models import Adoption, CampaignTemplate
from sitong.marketing.rollout.queries import adoptions_of, outcomes_of
from sitong.marketing.rollout.rules import Outcome, added, compared
from sitong.org.dealers.queries import DealerFacts, dealer_facts
from sitong.org.stores.queries import StoreFacts, store_facts


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """A store that runs or ran a template, with what came of it. `share_bp` is its sales against the average store's."""

    store: StoreFacts
    adoption: Adoption
    outcome: Outcome
    share_bp: int

    @property
    def running(self) -> bool:
        return self.adoption.left_at is None


def outcome_rows(template: CampaignTemplate, store_ids: Collection[UUID] | None, *, at: datetime) -> list[OutcomeRow]:
    """Give results by store (of these, or of all), the best seller first."""
    adoptions = {store_id: row for (_, store_id), row in adoptions_of([template.id], store_ids).items()}
    stores = store_facts(adoptions)
    found = outcomes_of(template, list(stores.values()), at=at)
    return [OutcomeRow(stores[key], adoptions[key], one, share) for key, one, share in compared(found)]


def rows_by_dealer(rows: Sequence[OutcomeRow]) -> list[tuple[DealerFacts | None, int, Outcome]]:
    """Add rows up by the store's dealer (None: direct stores): dealer, how many of its stores, outcome; the best seller first."""
    dealers = dealer_facts({row.store.dealer_id for row in rows if row.store.dealer_id})
    grouped: dict[UUID | None, list[Outcome]] = {}
    for row in rows:
        grouped.setdefault(row.store.dealer_id, []).append(row.outcome)
    summed = [(dealers.get(key) if key else None, len(some), added(some)) for key, some in grouped.items()]
    return sorted(summed, key=lambda item: (-item[2].sales_minor, -item[2].redemptions))


def chosen_parts(
    parts: Sequence[Part], brand_id: UUID, chosen: Collection[str], *, at: datetime
) -> list[tuple[Any, str, str, list[tuple[Choice, bool]]]]:
    """Give what there is to choose: label, icon, kind, and each thing with whether it is chosen; also chosen ones that are closed."""
    groups = []
    for part in parts:
        open_now = part.choices(brand_id, at=at)
        wanted = {UUID(one.split(":", 1)[1]) for one in chosen if one.startswith(f"{part.kind}:")}
        closed = part.named(wanted - {one.id for one in open_now}).values() if wanted else ()
        rows = [(one, one.id in wanted) for one in (*closed, *open_now)]
        if rows:
            groups.append((part.label, part.icon, part.kind, rows))
    return groups
