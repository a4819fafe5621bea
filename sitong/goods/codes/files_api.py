"""Printing files of codes over HTTP, and their histories as EPCIS 2.0."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from django.http import HttpResponse
from ninja import Body, Header, Query, Router, Schema
from pydantic import Field

from sitong.goods.codes.actions.capture import capture_events
from sitong.goods.codes.actions.files import CodeFileWanted
from sitong.goods.codes.epcis import CodeEvent, document_of, events_of
from sitong.goods.codes.queries.batches import batches_visible_to
from sitong.goods.codes.queries.epcis import events_of_batch, events_of_code, names_for
from sitong.goods.codes.schemas import CapturedOut, CodeText
from sitong.goods.codes.seen import batch_seen, code_seen
from sitong.goods.codes.sending import send_file
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.batch.answers import Malformed
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

router = Router(tags=["codes"])


class FileIn(Schema):
    """Which codes, in which form. `link`: what stands in the QR code, or beside the codes: short, gs1 or none.

    `id` is the client's, so that an interrupted file that goes on is the same one in the records.
    """

    id: UUID | None = None
    first: int = Field(1, ge=1)
    last: int | None = Field(None, ge=1)
    form: Literal["csv", "txt", "svg", "png", "pdf"] = "csv"
    link: Literal["short", "gs1", "none"] = "short"
    inner: bool = False


@router.get("/code-batches/{batch_id}/file", auth=API_AUTH, summary="Fetch a printing file of codes")
def fetch_file(
    request: ViewerRequest, batch_id: UUID, wanted: Query[FileIn], sitong_file_password: Annotated[str, Header()] = ""
) -> Any:
    """Give the codes of a range as a stream: CSV or TXT, or a zip of QR pictures (SVG, PNG) or of PDF label sheets.

    With the header `Sitong-File-Password` the file is a zip under AES-256. CSV and TXT without it have a length and take
    `Range: bytes=n-`; any file goes on with `first`. Who fetched what is written down.
    """
    viewer = request.viewer
    viewer.require("codes.change")
    batch = batches_visible_to(viewer, "codes.change").filter(id=batch_id).first()
    if batch is None:
        raise NotFound(what="code batch")
    link = "" if wanted.link == "none" else wanted.link
    one = CodeFileWanted(
        wanted.id or new_id(),
        batch.brand_id,
        batch.id,
        wanted.first,
        wanted.last or batch.quantity,
        wanted.form,
        link,
        wanted.inner,
        bool(sitong_file_password),
    )
    answer: HttpResponse = send_file(request, one, batch, viewer=viewer, password=sitong_file_password)
    return answer


@router.get("/code-batches/{batch_id}/epcis", auth=API_AUTH, summary="A batch's history as EPCIS 2.0")
def export_batch(request: ViewerRequest, batch_id: UUID) -> HttpResponse:
    """All that happened to a batch's own codes as an EPCIS 2.0 document in JSON-LD, each code named."""
    request.viewer.require("codes.see")
    batch = batch_seen(request.viewer, batch_id)
    return _epcis(events_of_batch(batch), batch.brand_id)


@router.get("/codes/epcis", auth=API_AUTH, summary="A code's history as EPCIS 2.0")
def export_code(request: ViewerRequest, text: CodeText) -> HttpResponse:
    """One code's history as an EPCIS 2.0 document, with what it was packed in while that moved."""
    request.viewer.require("codes.see")
    read, batch = code_seen(request.viewer, text)
    return _epcis(events_of_code(batch, read.serial), batch.brand_id)


@router.post("/epcis/capture", response=list[CapturedOut], auth=API_AUTH, summary="Take in EPCIS 2.0 events")
def capture(request: ViewerRequest, document: Body[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take in an EPCIS 2.0 document (JSON-LD); says of each event, in order of time, what became of it.

    Malformed: shared.malformed. One event that is refused does not keep the others back; the same event again changes nothing.
    """
    viewer = request.viewer
    viewer.require("codes.change")
    assert viewer.brand_id is not None
    try:
        events = events_of(document)
    except ValueError as error:
        raise Malformed(errors=[{"at": "document", "what": str(error)[:200]}]) from None
    outcomes = capture_events(events, brand_id=viewer.brand_id, by=viewer.account_id, now=clock_now())
    return [
        {"event_id": f"urn:uuid:{event.id}", "outcome": "refused", "refusal": one.code, "message": sentence(one)} if isinstance(one, Refused)
        else {"event_id": f"urn:uuid:{event.id}", "outcome": "captured"}
        for event, one in zip(events, outcomes, strict=True)
    ]  # fmt: skip


def _epcis(events: list[CodeEvent], brand_id: UUID) -> HttpResponse:
    document = document_of(events, names_for(brand_id), now=clock_now())
    return HttpResponse(orjson.dumps(document), content_type="application/ld+json")
