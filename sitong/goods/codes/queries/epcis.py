"""Codes' histories as EPCIS events: of one code with what it was packed in, or of a whole batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings

from sitong.goods.catalog.models import Sku
from sitong.goods.codes.epcis import EPCS_MAX, CodeEvent, Names
from sitong.goods.codes.making import codes_at
from sitong.goods.codes.models import CodeBatch, CodeMove, CodePacking, CodeProduction, CodeVoid
from sitong.goods.codes.moving import Packed, Place
from sitong.goods.codes.queries.history import FOREVER, Happened, history_of
from sitong.goods.codes.ranges import Range, gathered, uncovered
from sitong.goods.codes.rules import OUTER
from sitong.org.brands.queries import brand_facts
from sitong.shared.errors import Refused

Named = Callable[[Range], tuple[str, ...]]
VERBS = {"packed": "pack", "unpacked": "unpack", "void": "decommission", "produced": "commission"}


class HistoryTooLong(Refused):
    """More than `most` codes would have to be named one by one."""

    code = "goods.epcis_too_long"


def names_for(brand_id: UUID) -> Names:
    """Give how a brand's codes and places are named."""
    brand = brand_facts([brand_id])[brand_id]
    return Names(settings.PUBLIC_URL, brand.code, brand.zone)


def events_of_code(batch: CodeBatch, serial: int) -> list[CodeEvent]:
    """Give all events of one code: its production, what it was packed in, and its way through the hands of dealers and stores."""
    names, happened = names_for(batch.brand_id), history_of(batch, serial)
    batches = {batch.id: batch, **CodeBatch.objects.in_bulk(list({one.carrier[0] for one in happened if one.carrier}))}
    skus = _sku_codes(one.more["sku_id"] for one in happened if one.kind == "produced")
    found: list[CodeEvent] = []
    for one in happened:
        kind = VERBS.get(one.kind, one.kind)
        if kind not in {"commission", "decommission", "pack", "unpack", "ship", "receive", "sell", "return"}:
            continue
        carrier = _links(batches[one.carrier[0]], (one.carrier[1], one.carrier[1]), names) if one.carrier else ()
        own = _links(batch, (serial, serial), names)
        aggregates = kind in {"pack", "unpack"}
        found.append(
            CodeEvent(
                _own_id(one), kind, one.at, own if aggregates or not carrier else carrier, carrier[0] if aggregates else "",
                _place(kind, one.start, one.goal), one.start, one.goal, _more(one.more, skus),
            )
        )  # fmt: skip
    return found


def events_of_batch(batch: CodeBatch) -> list[CodeEvent]:
    """Give all events of a batch's own codes: production, packing, moves, void. Raises goods.epcis_too_long."""
    names, left = names_for(batch.brand_id), EPCS_MAX
    found: list[CodeEvent] = []

    def named(part: Range) -> tuple[str, ...]:
        nonlocal left
        left -= part[1] - part[0] + 1
        if left < 0:
            raise HistoryTooLong(most=EPCS_MAX)
        return _links(batch, part, names)

    productions = list(CodeProduction.objects.filter(batch_id=batch.id).order_by("first"))
    skus = _sku_codes(row.sku_id for row in productions)
    for made in productions:
        said = {name: getattr(made, name) for name in ("sku_id", "lot", "line", "produced_on", "expires_on")}
        found.append(CodeEvent(made.id, "commission", made.at, named((made.first, made.last)), more=_more(said, skus)))
    for void in CodeVoid.objects.filter(batch_id=batch.id).order_by("first"):
        found.append(
            CodeEvent(void.id, "decommission", void.at, named((void.first, void.last)), more=(("reason", void.reason),))
        )
    for move in CodeMove.objects.filter(batch_id=batch.id).order_by("at", "first"):
        start = Place(move.from_kind, move.from_id) if move.from_id else None
        goal = Place(move.to_kind, move.to_id) if move.to_id else None
        found.append(
            CodeEvent(
                move.id,
                move.kind,
                move.at,
                named((move.first, move.last)),
                "",
                _place(move.kind, start, goal),
                start,
                goal,
            )
        )
    rows = list(CodePacking.objects.filter(batch_id=batch.id).order_by("packed_at", "first"))
    parents = CodeBatch.objects.in_bulk(list({row.parent_batch_id for row in rows}))
    groups: dict[tuple[UUID, datetime], list[CodePacking]] = {}
    for row in rows:
        groups.setdefault((row.request_id, row.packed_at), []).append(row)
    for group in groups.values():
        found += _packings(group, parents[group[0].parent_batch_id], names, named)
    return found


def _packings(group: Sequence[CodePacking], parent_batch: CodeBatch, names: Names, named: Named) -> Iterator[CodeEvent]:
    """Give an event for each parent and moment: its codes were packed together, some were taken out together.

    The rows of a group are of one packing: when codes are taken out, its row ends, and what is left goes on as another.
    """
    ends = [(_packed(row), row.unpacked_at or FOREVER) for row in group]
    for parent in range(min(one.parent_first for one, _ in ends), max(one.parent_last for one, _ in ends) + 1):
        inside = [(held, until) for one, until in ends if (held := one.children_of((parent, parent)))]
        if not inside:
            continue
        (link,) = _links(parent_batch, (parent, parent), names)
        whole = gathered(serial for held, _ in inside for serial in range(held[0], held[1] + 1))
        first = group[0]
        yield CodeEvent(uuid5(first.request_id, f"packed {parent}"), "pack", first.packed_at, _all(whole, named), link)
        for at in sorted({until for _, until in inside if until != FOREVER}):
            stay = [held for held, until in inside if until > at]
            gone = [part for held, until in inside if until == at for part in uncovered(held, stay)]
            if gone:
                yield CodeEvent(
                    uuid5(first.request_id, f"taken out {parent} {at}"), "unpack", at, _all(gone, named), link
                )


def _all(parts: Iterable[Range], named: Named) -> tuple[str, ...]:
    return tuple(link for part in parts for link in named(part))


def _packed(row: CodePacking) -> Packed:
    return Packed(
        row.id, row.brand_id, row.batch_id, row.first, row.last, row.parent_batch_id, row.parent_first, row.per_parent, row.start,
        row.request_id, row.by, row.packed_at,
    )  # fmt: skip


def _links(batch: CodeBatch, part: Range, names: Names) -> tuple[str, ...]:
    numbers = [batch.first_number + serial - 1 for serial in range(part[0], part[1] + 1)]
    return tuple(
        names.code(letters, batch.gtin)
        for letters in codes_at(batch.brand_id, batch.generation, side=OUTER, numbers=numbers)
    )


def _own_id(one: Happened) -> UUID:
    return uuid5(one.id, f"{one.kind} {one.carrier}") if one.carrier else one.id


def _place(kind: str, start: Place | None, goal: Place | None) -> Place | None:
    """Give where it was seen: what is shipped or sold at its start, what is received or comes back at its goal."""
    return start if kind in {"ship", "sell"} else goal if kind in {"receive", "return"} else None


def _sku_codes(sku_ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(Sku.objects.filter(id__in=set(sku_ids)).values_list("id", "code"))


def _more(said: dict[str, Any], skus: dict[UUID, str]) -> tuple[tuple[str, str], ...]:
    named = {
        key: str(value)
        for key, value in said.items()
        if value and key in {"lot", "line", "produced_on", "expires_on", "reason", "note"}
    }
    if said.get("sku_id"):
        named["sku"] = skus.get(said["sku_id"], "")
    return tuple(sorted(named.items()))
