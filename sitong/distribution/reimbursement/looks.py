"""How claims are shown: the words for their states, and what a page knows of a statement."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from sitong.distribution.reimbursement.models import Statement
from sitong.distribution.reimbursement.queries.lists import LineShown
from sitong.distribution.reimbursement.queries.parties import PartyNamed, parties_named
from sitong.shared.i18n.formats import money_text

LINE_STATES = {
    "claimed": lazy("Claimed"), "back": lazy("Taken back"), "disputed": lazy("In doubt"), "answered": lazy("Answered"),
    "accepted": lazy("Accepted"), "rejected": lazy("Rejected"),
}  # fmt: skip
LINE_COLORS = {
    "claimed": "bg-secondary-lt", "back": "bg-secondary-lt", "disputed": "bg-orange-lt", "answered": "bg-azure-lt", "accepted": "bg-green-lt",
    "rejected": "bg-red-lt",
}  # fmt: skip
WAYS = {"money": lazy("In money"), "goods": lazy("In goods")}
PROOF_WAYS = {
    "signed": lazy("the member's changing code"), "code": lazy("the gift's code"), "counter": lazy("asked at the counter, confirmed by a clerk"),
    "self": lazy("asked at the counter"),
}  # fmt: skip


def statement_state(row: Any) -> tuple[str, str, str]:
    """Give how a statement stands: a word for tests, what people read, and the color of its badge."""
    if row.settled_at:
        return "settled", _("Settled"), "bg-green-lt"
    if row.checked_at:
        return "checked", _("Checked, to be paid"), "bg-azure-lt"
    if getattr(row, "doubted", 0):
        return "doubted", _("In doubt"), "bg-orange-lt"
    return "open", _("To be checked"), "bg-yellow-lt"


def statements_drawn(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Give statements with the names of both sides and how they stand."""
    named = parties_named(
        {pair for row in rows for pair in ((row.claimant_kind, row.claimant_id), (row.debtor_kind, row.debtor_id))}
    )
    return [
        {"row": row, "claimant": party_text(named, row.claimant_id), "debtor": party_text(named, row.debtor_id),
         "state": statement_state(row), "month": f"{row.month_on:%Y-%m}"}
        for row in rows
    ]  # fmt: skip


def party_text(named: dict[UUID, PartyNamed], key: UUID) -> str:
    """Name a party in the active language."""
    one = named.get(key)
    if one is None:
        return "–"
    return one.name_en if one.name_en and (get_language() or "").startswith("en") else one.name


def lines_drawn(lines: Iterable[LineShown]) -> list[dict[str, Any]]:
    """Give lines with what a page writes of them."""
    english = (get_language() or "").startswith("en")
    return [
        {
            "one": one, "line": one.line, "gift": (one.gift_name_en if english else "") or one.gift_name, "state": one.state,
            "state_text": str(LINE_STATES[one.state]), "color": LINE_COLORS[one.state],
            "way": str(PROOF_WAYS.get(one.handover.evidence.way, "")) if one.handover else "",
            "proof": one.handover.proof.digest.hex()[:16] if one.handover else "",
        }
        for one in lines
    ]  # fmt: skip


def statement_csv(statement: Statement, lines: Sequence[LineShown]) -> bytes:
    """Write a statement with its lines and their proofs, for a spreadsheet (UTF-8 with a mark)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([
        _("Statement"), _("Where and when"), _("Store"), _("Which gift"), _("Code"), _("Amount"), _("State"), _("Doubt"), _("Answer"), _("Proof")
    ])  # fmt: skip
    for one in lines:
        line = one.line
        writer.writerow([
            statement.number, line.at.isoformat(), plain(one.store.name if one.store else ""), plain(one.gift_name), line.code,
            money_text(line.amount_minor, line.currency), str(LINE_STATES[one.state]), plain(one.dispute.reason if one.dispute else ""),
            plain(one.dispute.answer if one.dispute else ""), one.handover.proof.digest.hex() if one.handover else "",
        ])  # fmt: skip
    return ("﻿" + out.getvalue()).encode()


def plain(text: str) -> str:
    """Give a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
