"""Everybody whom a brand knows, as faces, and the records that are to be matched: in memory only, never on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import pyarrow as pa

from sitong.member.identity.models import KeyKind, Member, MemberKey
from sitong.member.imports.queries import ImportedRecord, records_by_id, records_of
from sitong.member.linking.faces import FIELDS
from sitong.member.linking.models import LinkDecision, LinkedRecord, LinkHow
from sitong.member.tiers.models import Birthday
from sitong.shared.access.fields import keyed_index

PIECE = 10_000
OPEN_STATES = ("waiting", "queued")
Said = dict[str, str | None]


@dataclass
class Faces:
    """Faces as columns; `nodes` says of each whose it is (a member's number below zero, a record's from one on)."""

    columns: dict[str, list[str | None]] = field(default_factory=lambda: {name: [] for name in FIELDS})
    nodes: list[int] = field(default_factory=list)

    def add(self, node: int, said: Said) -> None:
        """Add one face."""
        self.nodes.append(node)
        for name in FIELDS:
            self.columns[name].append(said.get(name) or None)

    def table(self, first: int = 1) -> pa.Table:
        """Give them as a table, numbered from `first` on."""
        texts = {name: pa.array(values, pa.string()) for name, values in self.columns.items()}
        return pa.table({"unique_id": pa.array(range(first, first + len(self.nodes)), pa.int64()), **texts})


@dataclass
class Everybody:
    """The members of a brand by number: number n is node -n."""

    faces: Faces
    members: list[UUID]
    number: dict[UUID, int]

    def node(self, member_id: UUID | None) -> int | None:
        """Give the node of who a member is now, None if it is not here."""
        number = self.number.get(member_id) if member_id else None
        return -number if number else None


def everybody(brand_id: UUID) -> Everybody:
    """Read all members of a brand, with those joined into them and what files have said of them, as faces."""
    rows = Member.objects.filter(brand_id=brand_id, erased_at=None).values_list(
        "id", "joined_into_id", "name", "phone", "home_store_id"
    )
    birthdays = {
        row[0]: f"0000-{row[1]:02}-{row[2]:02}"
        for row in Birthday.objects.filter(brand_id=brand_id).values_list("member_id", "month", "day")
    }
    cards = dict(MemberKey.objects.filter(brand_id=brand_id, kind=KeyKind.CARD).values_list("member_id", "value"))
    known = Everybody(Faces(), [], {})
    for member_id, into, name, phone, store in rows.iterator(chunk_size=PIECE):
        number = _number(known, into or member_id)
        known.number[member_id] = number
        said: Said = {"name": name, "phone": phone, "birthday": birthdays.get(member_id), "card": cards.get(member_id)}
        known.faces.add(-number, {**said, "store": str(store) if store else None})
    _add_records(known, brand_id)
    return known


def _number(known: Everybody, member_id: UUID) -> int:
    number = known.number.get(member_id)
    if number is None:
        known.members.append(member_id)
        number = known.number[member_id] = len(known.members)
    return number


def _add_records(known: Everybody, brand_id: UUID) -> None:
    """Add what earlier files said of members: an address that only a file knows tells the next file's record."""
    linked = LinkedRecord.objects.filter(brand_id=brand_id, member_id__isnull=False)
    piece: dict[UUID, UUID] = {}
    for record_id, member_id in linked.values_list("record_id", "member_id").iterator(chunk_size=PIECE):
        if member_id in known.number:
            piece[record_id] = member_id
        if len(piece) == PIECE:
            _add_piece(known, piece)
            piece = {}
    _add_piece(known, piece)


def _add_piece(known: Everybody, piece: dict[UUID, UUID]) -> None:
    for record_id, record in records_by_id(list(piece)).items() if piece else ():
        known.faces.add(-known.number[piece[record_id]], said_by(record))


def said_by(record: ImportedRecord) -> Said:
    """Give a record's fields as a face has them."""
    birthday = record.birthday.isoformat() if record.birthday else None
    return {
        "name": record.name, "phone": record.phone, "email": record.email, "birthday": birthday, "city": record.city,
        "address": record.address, "card": record.card,
    }  # fmt: skip


def fingerprint(record: ImportedRecord) -> bytes:
    """Give the keyed hash of what a record says: the same words, the same hash, and nothing of them to be read from it."""
    said = {**said_by(record), "buyer": record.buyer, "marketplace": record.marketplace}
    return keyed_index("linked:" + orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode())


def open_records(import_id: UUID) -> list[ImportedRecord]:
    """Give the records of a file that are nobody's yet, in the order of its lines."""
    return list(records_of(import_id, states=OPEN_STATES))


@dataclass
class Words:
    """What stands about records already: by keys and earlier files whose they surely are, and what people decided."""

    certain: dict[int, set[int]] = field(default_factory=dict)
    again: set[int] = field(default_factory=set)
    apart: set[tuple[int, int]] = field(default_factory=set)


def words_about(brand_id: UUID, records: Sequence[ImportedRecord], prints: Sequence[bytes], known: Everybody) -> Words:
    """Read what certain keys, earlier files and people say about records; record number n is node n."""
    words = Words()
    by_key: dict[tuple[str, str, bytes], list[int]] = {}
    by_print: dict[bytes, list[int]] = {}
    for node, (record, seen) in enumerate(zip(records, prints, strict=True), start=1):
        by_print.setdefault(seen, []).append(node)
        if record.card:
            by_key.setdefault(("card", "", keyed_index(f"card:{record.card}")), []).append(node)
        if record.buyer:
            by_key.setdefault(("buyer", record.marketplace, keyed_index(f"buyer:{record.buyer}")), []).append(node)
    for keys in _pieces(list(by_key)):
        rows = MemberKey.objects.filter(brand_id=brand_id, value_index__in=[key[2] for key in keys])
        for kind, app, index, member_id in rows.values_list("kind", "app", "value_index", "member_id"):
            for node in by_key.get((kind, app, bytes(index)), ()):
                if (member := known.node(member_id)) is not None:
                    words.certain.setdefault(node, set()).add(member)
    for piece in _pieces(list(by_print)):
        _add_decided(words, brand_id, {one: by_print[one] for one in piece}, known)
    for other_id, other_member_id in LinkDecision.objects.filter(
        brand_id=brand_id, verdict="different", taken_back_at=None, other_id__isnull=False
    ).values_list("other_id", "member_id"):
        left, right = known.node(other_id), known.node(other_member_id)
        if left is not None and right is not None and left != right:
            words.apart.add((left, right))
    return words


def _add_decided(words: Words, brand_id: UUID, nodes: dict[bytes, list[int]], known: Everybody) -> None:
    decided = LinkDecision.objects.filter(brand_id=brand_id, fingerprint__in=list(nodes), taken_back_at=None)
    for seen, member_id, verdict in decided.values_list("fingerprint", "member_id", "verdict"):
        for node in nodes[bytes(seen or b"")]:
            if (member := known.node(member_id)) is None:
                continue
            if verdict == "different":
                words.apart.add((member, node))
            elif verdict == "same":
                words.certain.setdefault(node, set()).add(member)
                words.again.add(node)
    earlier = LinkedRecord.objects.filter(brand_id=brand_id, fingerprint__in=list(nodes), member_id__isnull=False)
    for seen_before, owner_id in earlier.exclude(how=LinkHow.QUEUED).values_list("fingerprint", "member_id"):
        for node in nodes[bytes(seen_before)]:
            if (member := known.node(owner_id)) is not None and (member, node) not in words.apart:
                words.certain.setdefault(node, set()).add(member)
                words.again.add(node)


def _pieces(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for first in range(0, len(items), PIECE):
        yield items[first : first + PIECE]
