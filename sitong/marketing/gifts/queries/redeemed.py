"""What was handed over: proofs for those who pay it back, and lists for the store's day."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from sitong.marketing.gifts.models import GiftClaim, GiftRedemption, GiftRedemptionUndone
from sitong.marketing.gifts.proofs import Evidence, Proof, proof_holds
from sitong.marketing.gifts.queries.library import names_of_gifts

SHOWN_MAX = 200
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Handover:
    """Something that a store handed over, with its proof. `undone_at` is set when it was taken back since."""

    brand_id: UUID
    claim_id: UUID
    evidence: Evidence
    proof: Proof
    name: str
    name_en: str
    undone_at: datetime | None = None
    undone_reason: str = ""


def handovers(redemption_ids: Collection[UUID]) -> dict[UUID, Handover]:
    """Give redemptions with their proofs; unknown ones are left out. Four statements."""
    return {
        one.evidence.redemption_id: one for one in _shown(list(GiftRedemption.objects.filter(id__in=redemption_ids)))
    }


def proven(one: Handover) -> bool:
    """Tell whether the proof of a handover is the platform's and says exactly what the row says."""
    return proof_holds(one.evidence, one.proof)


def handed_over_in(store_id: UUID, *, since: datetime, until: datetime) -> list[Handover]:
    """Give what a store handed over in a period, the last first."""
    rows = GiftRedemption.objects.filter(store_id=store_id, at__gte=since, at__lt=until).order_by("-at", "-position")
    return _shown(list(rows[:SHOWN_MAX]))


def all_handovers() -> Iterator[Handover]:
    """Give everything that was ever handed over, store by store in the order of its chain, reading it in pieces."""
    piece: list[GiftRedemption] = []
    for row in GiftRedemption.objects.order_by("store_id", "position").iterator(chunk_size=AT_ONCE):
        piece.append(row)
        if len(piece) == AT_ONCE:
            yield from _shown(piece)
            piece = []
    yield from _shown(piece)


def all_proofs() -> Iterator[tuple[Evidence, Proof]]:
    """Give every proof there is, store by store in their order."""
    return ((one.evidence, one.proof) for one in all_handovers())


def _proofs(rows: list[GiftRedemption]) -> list[tuple[Evidence, Proof]]:
    codes: dict[UUID, str] = dict(
        GiftClaim.objects.filter(id__in={row.claim_id for row in rows}).values_list("id", "code")
    )
    return [(_evidence(row, codes[row.claim_id]), _proof(row)) for row in rows]


def _shown(rows: list[GiftRedemption]) -> list[Handover]:
    names = names_of_gifts({row.gift_id for row in rows})
    undone: dict[UUID, Any] = GiftRedemptionUndone.objects.in_bulk([row.id for row in rows])
    found = []
    for row, (evidence, proof) in zip(rows, _proofs(rows), strict=True):
        back = undone.get(row.id)
        found.append(Handover(
            row.brand_id, row.claim_id, evidence, proof, *names[row.gift_id], back.at if back else None, back.reason if back else ""
        ))  # fmt: skip
    return found


def _evidence(row: GiftRedemption, code: str) -> Evidence:
    return Evidence(
        row.id, row.position, code, row.turn, row.gift_id, row.store_id, tuple(UUID(one) for one in row.dealers),
        tuple(row.levels_minor), row.way, row.by, row.at, row.received_at,
    )  # fmt: skip


def _proof(row: GiftRedemption) -> Proof:
    return Proof(bytes(row.previous), bytes(row.digest), bytes(row.signature))


def handed_over_by_store(gift_id: UUID) -> dict[UUID, tuple[int, int]]:
    """Give how many of a gift each store has handed over, and what the stores claim for them; without what was taken back."""
    undone = GiftRedemptionUndone.objects.filter(redemption_id=OuterRef("id"))
    rows = GiftRedemption.objects.filter(~Exists(undone), gift_id=gift_id).values_list("store_id", "levels_minor")
    found: dict[UUID, tuple[int, int]] = {}
    for store_id, levels in rows.iterator(chunk_size=AT_ONCE):
        count, value = found.get(store_id, (0, 0))
        found[store_id] = (count + 1, value + levels[0])
    return found
