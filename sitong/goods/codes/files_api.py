"""Printing files of codes over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Header, Query, Router, Schema
from pydantic import Field

from sitong.goods.codes.actions.files import CodeFileWanted
from sitong.goods.codes.queries.batches import batches_visible_to
from sitong.goods.codes.sending import send_file
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound
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
