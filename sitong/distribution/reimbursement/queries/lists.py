"""Claims as each level sees them: what is due to it, what it owes, statements line by line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from sitong.distribution.reimbursement.models import ClaimLine, Dispute, Settlement, Statement
from sitong.distribution.reimbursement.queries.parties import PartyNamed, parties_named
from sitong.marketing.gifts.queries.library import names_of_gifts
from sitong.marketing.gifts.queries.redeemed import Handover, handovers
from sitong.shared.access.viewer import Viewer

LINES_MAX = 2_000


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line with all that is known of it: names, the proof behind it, and what was said of it."""

    line: ClaimLine
    gift_name: str
    gift_name_en: str
    store: PartyNamed | None
    dispute: Dispute | None
    handover: Handover | None
    taken_back: bool

    @property
    def state(self) -> str:
        """Say how the line stands: claimed, back, disputed, answered, accepted, rejected."""
        if self.line.of_id is not None:
            return "back"
        if self.dispute is None:
            return "claimed"
        if self.dispute.accepted is not None:
            return "accepted" if self.dispute.accepted else "rejected"
        return "answered" if self.dispute.answered_at else "disputed"


@dataclass(frozen=True, slots=True)
class Sums:
    """What one is owed: in no statement yet, in statements that are not settled, and settled."""

    open_minor: int
    open_lines: int
    stated_minor: int
    settled_minor: int


def party_ids(viewer: Viewer, permission: str = "claims.see") -> list[UUID]:
    """Give the parties for which the viewer itself speaks: its brand, its dealers, its stores."""
    return [one for kind in ("brand", "dealer", "store") for one in viewer.place_ids(kind, permission)]


def statements_visible_to(viewer: Viewer, permission: str = "claims.see") -> QuerySet[Statement]:
    """Give the statements that concern the viewer: the brand's staff all of the brand's, others those of which they are a side."""
    own = party_ids(viewer, permission)
    return Statement.objects.filter(
        Q(brand_id__in=viewer.place_ids("brand", permission)) | Q(claimant_id__in=own) | Q(debtor_id__in=own),
        Q(brand_id=viewer.brand_id),
    )


def lines_visible_to(viewer: Viewer, permission: str = "claims.see") -> QuerySet[ClaimLine]:
    """Give the claims that concern the viewer, as `statements_visible_to` does."""
    own = party_ids(viewer, permission)
    return ClaimLine.objects.filter(
        Q(brand_id__in=viewer.place_ids("brand", permission)) | Q(claimant_id__in=own) | Q(debtor_id__in=own),
        Q(brand_id=viewer.brand_id),
    )


def statement_with_counts(found: QuerySet[Statement]) -> list[Any]:
    """Give statements, the newest first, each with `doubted`: how many of its lines are in dispute."""
    rows: list[Any] = list(found.order_by("-month_on", "number", "id")[:500])
    doubted = dict(
        Dispute.objects.filter(statement_id__in=[row.id for row in rows], accepted=None)
        .values_list("statement_id")
        .annotate(n=Count("line_id"))
    )
    for row in rows:
        row.doubted = doubted.get(row.id, 0)
    return rows


def lines_of(statement_ids: Collection[UUID]) -> list[LineShown]:
    """Give the lines of statements, the oldest first, with their proofs."""
    return lines_shown(list(ClaimLine.objects.filter(statement_id__in=statement_ids).order_by("at", "id")[:LINES_MAX]))


def lines_shown(rows: Sequence[ClaimLine]) -> list[LineShown]:
    """Give lines with all that is known of them. A bounded number of statements."""
    names = names_of_gifts({row.gift_id for row in rows})
    stores = parties_named({("store", row.store_id) for row in rows})
    disputes = Dispute.objects.in_bulk([row.id for row in rows])
    proofs = handovers({row.redemption_id for row in rows})
    back = set(ClaimLine.objects.filter(of_id__in=[row.id for row in rows]).values_list("of_id", flat=True))
    return [
        LineShown(
            row, *names.get(row.gift_id, ("", "")), stores.get(row.store_id), disputes.get(row.id),
            proofs.get(row.redemption_id), row.id in back,
        )
        for row in rows
    ]  # fmt: skip


def settlement_of(statement_id: UUID) -> Settlement | None:
    """Give how a statement was paid, once it was."""
    return Settlement.objects.filter(statement_id=statement_id).first()


def sums_of(owner_ids: Collection[UUID], *, side: str) -> Sums:
    """Give what is due to these parties (side "due"), or what they owe (side "owed")."""
    own: dict[str, Any] = {"claimant_id__in" if side == "due" else "debtor_id__in": owner_ids}
    unstated = ClaimLine.objects.filter(statement_id=None, **own).aggregate(sum=Sum("amount_minor"), n=Count("id"))
    rows = Statement.objects.filter(**own).aggregate(
        stated=Sum("agreed_minor", filter=Q(settled_at=None)), settled=Sum("agreed_minor", filter=~Q(settled_at=None))
    )
    return Sums(unstated["sum"] or 0, unstated["n"], rows["stated"] or 0, rows["settled"] or 0)


def claimed_in(owner_ids: Collection[UUID], *, since: datetime, until: datetime) -> tuple[int, int]:
    """Give how many lines these parties claimed in a period, and their sum."""
    rows = ClaimLine.objects.filter(claimant_id__in=owner_ids, at__gte=since, at__lt=until)
    found = rows.aggregate(n=Count("id"), sum=Sum("amount_minor"))
    return found["n"], found["sum"] or 0


def latest_lines(owner_ids: Collection[UUID], *, side: str, limit: int = 50) -> list[LineShown]:
    """Give the lines of these parties that stand in no statement yet, the newest first."""
    own: dict[str, Any] = {"claimant_id__in" if side == "due" else "debtor_id__in": owner_ids}
    return lines_shown(list(ClaimLine.objects.filter(statement_id=None, **own).order_by("-at", "-id")[:limit]))
