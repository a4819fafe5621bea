"""Who may say what of a claim: the claimant answers, whoever is to pay checks and settles. Nobody speaks for both."""

from __future__ import annotations

from uuid import UUID

from sitong.distribution.reimbursement.models import ClaimLine, Statement
from sitong.distribution.reimbursement.queries.lists import lines_visible_to, party_ids, statements_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound


def statement_for(viewer: Viewer, statement_id: UUID, permission: str = "claims.see") -> Statement:
    """Give a statement that the viewer may see; to change it, it must speak for whoever is to pay (claims.check, claims.settle)."""
    viewer.require(permission)
    found = statements_visible_to(viewer).filter(id=statement_id).first()
    if found is None:
        raise NotFound(what="statement")
    if permission != "claims.see" and found.debtor_id not in party_ids(viewer, permission):
        raise NotAllowed(permission=permission)
    return found


def line_for(viewer: Viewer, line_id: UUID, permission: str) -> ClaimLine:
    """Give a line for whose claimant (claims.answer) or payer (claims.check) the viewer speaks."""
    viewer.require(permission)
    found = lines_visible_to(viewer).filter(id=line_id).first()
    if found is None:
        raise NotFound(what="line")
    side = found.claimant_id if permission == "claims.answer" else found.debtor_id
    if permission != "claims.see" and side not in party_ids(viewer, permission):
        raise NotAllowed(permission=permission)
    return found
