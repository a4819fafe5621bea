"""Statements and lines of a month by their ids: for whoever goes through a whole month at once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sitong.distribution.reimbursement.models import ClaimLine, Statement


def statements_of_month(brand_id: UUID, month_on: date) -> list[UUID]:
    """Give the statements of a brand for one month, by number."""
    rows = Statement.objects.filter(brand_id=brand_id, month_on=month_on).order_by("number", "id")
    return list(rows.values_list("id", flat=True))


def lines_of_month(brand_id: UUID, month_on: date) -> list[UUID]:
    """Give the stores' lines in a brand's statements for one month, by number."""
    ids = statements_of_month(brand_id, month_on)
    rows = ClaimLine.objects.filter(statement_id__in=ids, level=0, of_id=None).order_by("at", "id")
    return list(rows.values_list("id", flat=True))
