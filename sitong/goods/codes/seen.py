"""What a viewer of headquarters may see of batches and codes: for the API and the pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sitong.goods.codes.models import CodeBatch
from sitong.goods.codes.queries import CodeRead, read_codes
from sitong.goods.codes.queries.batches import batches_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound, Refused


def batch_seen(viewer: Viewer, batch_id: UUID) -> CodeBatch:
    """Give a batch that the viewer may see."""
    found = batches_visible_to(viewer).filter(id=batch_id).first()
    if found is None:
        raise NotFound(what="code batch")
    return found


def code_seen(viewer: Viewer, text: str) -> tuple[CodeRead, CodeBatch]:
    """Give a code of headquarters' brand with its batch; raises goods.code_unknown."""
    assert viewer.brand_id is not None
    read = only(read_codes([text], brand_id=viewer.brand_id))
    return read, batch_seen(viewer, read.batch_id)


def only(outcomes: Sequence[Any]) -> Any:
    """Give the outcome of a batch of one; raise its refusal."""
    (outcome,) = outcomes
    if isinstance(outcome, Refused):
        raise outcome
    return outcome
