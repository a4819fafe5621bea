"""The evidence pack: everything that an alert rests on, in files whose hashes anybody can check again."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _

from sitong.goods.diversion.maps import Drawing, svg_of
from sitong.goods.diversion.queries.evidence import Evidence, SeenScan
from sitong.goods.diversion.report import PageWords, report_pdf
from sitong.shared.i18n.formats import moment_text

SCAN_COLUMNS = ("number", "scan_id", "batch", "serial", "box", "product", "cell", "distance_m", "at", "sha256")
MOVE_COLUMNS = ("at", "kind", "batch", "first", "last", "from", "to")
OLDEST = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pack:
    """What goes into an evidence pack, in the reader's language."""

    number: str
    heading: str
    sentences: Sequence[str]
    steps: Sequence[str]
    facts: dict[str, Any]
    evidence: Evidence
    drawing: Drawing | None
    masked: bool
    zone: str
    at: datetime


def chained(scans: Iterable[SeenScan]) -> list[tuple[SeenScan, str]]:
    """Give each scan with its hash: SHA-256 of the hash before it and its own line. No line can change without all that follow."""
    before, found = "", []
    for scan in scans:
        before = hashlib.sha256(before.encode() + orjson.dumps(_line(scan))).hexdigest()
        found.append((scan, before))
    return found


def pack_zip(pack: Pack) -> bytes:
    """Write the pack as a zip: README, alert.json, scans.csv, moves.csv, map.svg, report.pdf and manifest.sha256.

    `sha256sum -c manifest.sha256` checks it. The same pack at the same instant is the same bytes, but for the PDF's own marks.
    """
    files: dict[str, bytes] = {
        "README.txt": _readme(pack).encode(),
        "alert.json": orjson.dumps({"number": pack.number, "at": pack.at, "masked": pack.masked, "facts": pack.facts}, option=orjson.OPT_INDENT_2),
        "scans.csv": _scans_csv(pack.evidence.scans),
        "moves.csv": _csv(MOVE_COLUMNS, ([one.at.isoformat(), one.kind, one.batch, one.first, one.last, one.start, one.goal] for one in pack.evidence.moves)),
        "report.pdf": pack_pdf(pack),
    }  # fmt: skip
    if pack.drawing is not None:
        files["map.svg"] = svg_of(pack.drawing, label=pack.heading).encode()
    manifest = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [*sorted(files.items()), ("manifest.sha256", manifest.encode())]:
            at = max(pack.at, OLDEST)
            archive.writestr(
                zipfile.ZipInfo(f"{pack.number}/{name}", (at.year, at.month, at.day, at.hour, at.minute, at.second)),
                content,
            )
    return out.getvalue()


def pack_pdf(pack: Pack) -> bytes:
    """Write the pack as a report to print."""
    listed = [
        [
            str(number),
            scan.batch,
            str(scan.serial),
            scan.box or "–",
            _km(scan.distance_m),
            moment_text(scan.at, pack.zone),
            mark[:12],
        ]
        for number, (scan, mark) in enumerate(chained(pack.evidence.scans), 1)
    ]
    moved = [
        [
            moment_text(one.at, pack.zone),
            one.kind,
            f"{one.batch} {one.first}–{one.last}",
            one.start or "–",
            one.goal or "–",
        ]
        for one in pack.evidence.moves
    ]
    words = PageWords(
        pack.heading, pack.number, [*pack.sentences, *pack.steps], _("Scans"),
        [_("No."), _("Batch"), _("Serial"), _("Box"), _("Outside, km"), _("When"), "SHA-256"], listed,
        _("Where the goods had been"), [_("When"), _("What"), _("Codes"), _("From"), _("To")], moved,
        _("Each scan's mark is the SHA-256 of the mark before it and of its own line; the whole marks stand in scans.csv."),
    )  # fmt: skip
    return report_pdf(words, pack.drawing)


def _readme(pack: Pack) -> str:
    lines = [pack.heading, pack.number, "", *pack.sentences, "", *pack.steps, ""]
    lines += [
        _(
            "scans.csv: the scans with a chain of SHA-256 marks; moves.csv: where the goods had been; map.svg: the map; alert.json: the figures."
        ),
        _("Check that nothing was changed: sha256sum -c manifest.sha256"),
    ]
    if pack.masked:
        lines.append(_("Masked: places are coarse, times are days, other dealers are not named."))
    return "\n".join(lines) + "\n"


def _scans_csv(scans: Sequence[SeenScan]) -> bytes:
    return _csv(SCAN_COLUMNS, ([number, *_line(scan), mark] for number, (scan, mark) in enumerate(chained(scans), 1)))


def _line(scan: SeenScan) -> list[Any]:
    distance = "" if scan.distance_m is None else scan.distance_m
    return [str(scan.id), scan.batch, scan.serial, scan.box, scan.product, scan.cell, distance, scan.at.isoformat()]


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _km(distance_m: int | None) -> str:
    return "–" if distance_m is None else f"{distance_m / 1000:.0f}"
