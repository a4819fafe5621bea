"""EPCIS 2.0 (GS1, ISO/IEC 19987) in JSON-LD: how events are written and read, by the published structure. Pure.

Of the vocabulary (CBV 2.0) these are used: commissioning, decommissioning, packing, unpacking, shipping, receiving,
retail_selling. Codes are named by their GS1 Digital Link, or by their short link where there is no GTIN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AnyUrl, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from sitong.goods.codes.moving import Place

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EPCS_MAX = 20_000
STEPS = {
    "commission": ("ADD", "commissioning", "active"), "decommission": ("DELETE", "decommissioning", "inactive"),
    "pack": ("ADD", "packing", "in_progress"), "unpack": ("DELETE", "unpacking", "in_progress"),
    "ship": ("OBSERVE", "shipping", "in_transit"), "receive": ("OBSERVE", "receiving", "in_progress"),
    "sell": ("OBSERVE", "retail_selling", "retail_sold"), "return": ("OBSERVE", "receiving", "returned"),
}  # fmt: skip
"""Our verbs, as (action, bizStep, disposition)."""
BIZ_STEPS = frozenset({
    "accepting", "arriving", "assembling", "collecting", "commissioning", "consigning", "creating_class_instance",
    "cycle_counting", "decommissioning", "departing", "destroying", "disassembling", "dispensing", "encoding", "entering_exiting",
    "holding", "inspecting", "installing", "killing", "loading", "other", "packing", "picking", "receiving", "removing",
    "repackaging", "repairing", "replacing", "reserving", "retail_selling", "sampling", "sensor_reporting", "shipping",
    "staging_outbound", "stock_taking", "stocking", "storing", "transporting", "unloading", "unpacking", "void_shipping",
})  # fmt: skip
DISPOSITIONS = frozenset({
    "active", "available", "completeness_inferred", "completeness_verified", "conformant", "container_closed", "container_open",
    "damaged", "destroyed", "dispensed", "disposed", "encoded", "expired", "in_progress", "in_transit", "inactive",
    "mismatch_class", "mismatch_instance", "mismatch_quantity", "needs_replacement", "no_pedigree_match", "non_conformant",
    "non_sellable_other", "partially_dispensed", "recalled", "reserved", "retail_sold", "returned", "sellable_accessible",
    "sellable_not_accessible", "stolen", "unavailable", "unknown",
})  # fmt: skip
"""The words of CBV 2.0; any other has to be a URI."""
_PLACE = re.compile(r"/places/(brand|dealer|store)/([0-9a-f-]{36})$")
_UUID = re.compile(r"^urn:uuid:([0-9a-fA-F-]{36})$")


@dataclass(frozen=True, slots=True)
class CodeEvent:
    """One event: codes (as links) that came into being, were packed, moved or given up. Parents only for packing.

    `more`: what production says: sku, lot, line, produced_on, expires_on; or the reason of what is void.
    """

    id: UUID
    kind: str
    at: datetime
    codes: tuple[str, ...]
    parent: str = ""
    place: Place | None = None
    start: Place | None = None
    goal: Place | None = None
    more: tuple[tuple[str, str], ...] = ()


class Loose(BaseModel):
    """What the standard lets everybody add to is let through."""

    model_config = ConfigDict(extra="allow")


class PlaceRef(Loose):
    """A read point or business location."""

    id: AnyUrl


class Source(BaseModel):
    """Who or where it came from."""

    model_config = ConfigDict(extra="forbid")
    type: str
    source: AnyUrl


class Destination(BaseModel):
    """Who or where it goes to."""

    model_config = ConfigDict(extra="forbid")
    type: str
    destination: AnyUrl


def _word_of(words: frozenset[str]) -> Any:
    def known(said: str) -> str:
        if said not in words and ":" not in said:
            raise ValueError(f"{said} is neither a word of the vocabulary nor a URI")
        return said

    return AfterValidator(known)


class EventShape(Loose):
    """What all events have."""

    eventTime: datetime
    eventTimeZoneOffset: str = Field(pattern=r"^([+]|[-])((0[0-9]|1[0-3]):([0-5][0-9])|14:00)$")
    eventID: AnyUrl | None = None
    recordTime: datetime | None = None
    action: Literal["OBSERVE", "ADD", "DELETE"]
    bizStep: Annotated[str, _word_of(BIZ_STEPS)] | None = None
    disposition: Annotated[str, _word_of(DISPOSITIONS)] | None = None
    readPoint: PlaceRef | None = None
    bizLocation: PlaceRef | None = None
    sourceList: list[Source] = Field(default_factory=list)
    destinationList: list[Destination] = Field(default_factory=list)


class ObjectShape(EventShape):
    """Something happened to these objects."""

    type: Literal["ObjectEvent"]
    epcList: list[AnyUrl] = Field(max_length=EPCS_MAX)
    ilmd: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _ilmd_only_when_made(self) -> ObjectShape:
        if self.ilmd is not None and self.action != "ADD":
            raise ValueError("ilmd belongs to objects that come into being, with action ADD")
        return self


class AggregationShape(EventShape):
    """Objects were put into another, or taken out."""

    type: Literal["AggregationEvent"]
    parentID: AnyUrl | None = None
    childEPCs: list[AnyUrl] = Field(default_factory=list, max_length=EPCS_MAX)

    @model_validator(mode="after")
    def _somebody_is_packed(self) -> AggregationShape:
        if not self.childEPCs and self.action != "DELETE":
            raise ValueError("what is packed has to be named")
        return self


class Body(Loose):
    """The events."""

    eventList: list[Annotated[ObjectShape | AggregationShape, Field(discriminator="type")]] = Field(max_length=5_000)


class Document(Loose):
    """An EPCIS document."""

    context: Any = Field(alias="@context")
    type: Literal["EPCISDocument"]
    schemaVersion: str = Field(pattern=r"^2\.\d+(\.\d+)?$")
    creationDate: datetime
    epcisBody: Body


DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)


@dataclass(frozen=True, slots=True)
class Names:
    """How codes and places are named in links: the platform's address, the brand's code, and the zone of its clocks."""

    site: str
    brand_code: str
    zone: str

    def code(self, letters: str, gtin: str) -> str:
        """Give the link that names a code."""
        site = self.site.rstrip("/").lower()
        return f"https://id.gs1.org/01/{gtin}/21/{letters}" if gtin else f"{site}/Q/{self.brand_code.upper()}/{letters}"

    def place(self, place: Place) -> str:
        """Give the link that names a place."""
        return f"{self.site.rstrip('/')}/places/{place.kind}/{place.id}"


def document_of(events: Iterable[CodeEvent], names: Names, *, now: datetime) -> dict[str, Any]:
    """Write events as an EPCIS document, in order of time."""
    ordered = sorted(events, key=lambda event: event.at)
    return {
        "@context": [CONTEXT, {"sitong": f"{names.site.rstrip('/')}/ns/epcis/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": now.isoformat(),
        "epcisBody": {"eventList": [_written(event, names) for event in ordered]},
    }


def events_of(document: Any) -> list[CodeEvent]:
    """Read a document, in order of time. Raises ValueError where it is not as the standard says, or says what we do not know."""
    try:
        read = DOCUMENT.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return sorted((_read(event) for event in read.epcisBody.eventList), key=lambda event: event.at)


def _written(event: CodeEvent, names: Names) -> dict[str, Any]:
    action, step, disposition = STEPS[event.kind]
    there = event.at.astimezone(ZoneInfo(names.zone))
    offset = there.strftime("%z")
    said: dict[str, Any] = {
        "type": "AggregationEvent" if event.kind in {"pack", "unpack"} else "ObjectEvent",
        "eventID": f"urn:uuid:{event.id}",
        "eventTime": there.isoformat(),
        "eventTimeZoneOffset": f"{offset[:3]}:{offset[3:5]}",
        "action": action,
        "bizStep": step,
        "disposition": disposition,
    }
    if event.parent:
        said["parentID"], said["childEPCs"] = event.parent, list(event.codes)
    else:
        said["epcList"] = list(event.codes)
    if event.place is not None:
        said["readPoint"] = said["bizLocation"] = {"id": names.place(event.place)}
    if event.start is not None:
        said["sourceList"] = [{"type": "possessing_party", "source": names.place(event.start)}]
    if event.goal is not None:
        said["destinationList"] = [{"type": "possessing_party", "destination": names.place(event.goal)}]
    more = {_KEYS[key]: value for key, value in event.more if value}
    if event.kind == "commission":
        return {**said, "ilmd": more} if more else said
    return {**said, **more}


_KEYS = {
    "lot": "cbvmda:lotNumber", "expires_on": "cbvmda:itemExpirationDate", "sku": "sitong:skuCode", "line": "sitong:line",
    "produced_on": "sitong:producedOn", "reason": "sitong:reason", "note": "sitong:note",
}  # fmt: skip
_NAMES = {written: key for key, written in _KEYS.items()}


def _read(event: ObjectShape | AggregationShape) -> CodeEvent:
    steps = {(action, step): kind for kind, (action, step, _) in STEPS.items() if kind != "return"}
    step = (event.bizStep or "").rsplit(":", 1)[-1].rsplit("-", 1)[-1]
    kind = steps.get((event.action, step))
    if kind is None or (kind in {"pack", "unpack"}) != isinstance(event, AggregationShape):
        raise ValueError(f"{event.type} {event.action} {event.bizStep}")
    if kind == "receive" and (event.disposition or "").endswith("returned"):
        kind = "return"
    given = str(event.eventID) if event.eventID else f"{event.model_dump_json()}"
    known = _UUID.match(given)
    more = dict((event.ilmd or {}) if isinstance(event, ObjectShape) else {}) | (event.model_extra or {})
    codes = event.epcList if isinstance(event, ObjectShape) else event.childEPCs
    return CodeEvent(
        UUID(known.group(1)) if known else uuid5(NAMESPACE_URL, given), kind, event.eventTime, tuple(map(str, codes)),
        str(event.parentID or "") if isinstance(event, AggregationShape) else "",
        _place(event.bizLocation or event.readPoint), _party([one.source for one in event.sourceList if _holds(one.type)]),
        _party([one.destination for one in event.destinationList if _holds(one.type)]),
        tuple(sorted((_NAMES[key], str(value)) for key, value in more.items() if key in _NAMES)),
    )  # fmt: skip


def _holds(kind: str) -> bool:
    return kind.endswith("possessing_party")


def _place(ref: PlaceRef | None) -> Place | None:
    return _named(str(ref.id)) if ref else None


def _party(links: Sequence[AnyUrl]) -> Place | None:
    return _named(str(links[0])) if links else None


def _named(link: str) -> Place | None:
    found = _PLACE.search(link)
    return Place(found.group(1), UUID(found.group(2))) if found else None


def day_of(text: str) -> date | None:
    """Read a date of what production said; None for none or a wrong one."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
