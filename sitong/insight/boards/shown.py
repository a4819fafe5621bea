"""Turn a board's result into what its page shows: rows with names, shares, shades, and the numbers behind the charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from sitong.insight.boards.looks import BoardLook
from sitong.insight.boards.words import GROUPS, STAGES, Meaning
from sitong.insight.growth.rules import share_bp
from sitong.insight.value.rules import error_bp
from sitong.member.sources.queries import sources_of_brand
from sitong.shared.money import MINOR_DIGITS

SHADES = 10


def growth(look: BoardLook, result: Mapping[str, Any]) -> dict[str, Any]:
    """Give the funnel's stages, its rows by month, source, store and campaign, and its charts."""
    whole = result["whole"]
    first = whole["acquired"]
    counts = [whole[stage] for stage in STAGES]
    stages = [
        {"code": code, "meaning": STAGES[code], "members": members, "of_first": share_bp(members, first),
         "of_before": share_bp(members, before), "lost": before - members, "before": STAGES and list(STAGES)[max(0, at - 1)]}
        for at, (code, members, before) in enumerate(zip(STAGES, counts, [first, *counts], strict=False))
    ]  # fmt: skip
    sources = sources_of_brand(look.brand_id)
    stores = {one.id.hex: one for one in look.places.places if one.kind == "store"}
    months = [_row(row, {"month": row["key"]}, text=row["key"]) for row in result["months"]]
    return {
        "stages": stages,
        "spent": whole["spent_minor"],
        "months": months,
        "sources": [_row(row, {"source": row["key"]}, thing=sources.get(row["key"]), text=row["key"]) for row in result["sources"]],
        "stores": [
            _row(row, {"store_id": row["key"]}, thing=stores.get(row["key"])) for row in result["stores"]
            if look.asked.stores is None or row["key"] in stores
        ],
        "campaigns": [_row(row, {"campaign": row["key"]}, thing=row) for row in result["campaigns"]],
        "drawn": {
            "board-months": {"x": [row["text"] for row in months], "series": [
                {"name": str(STAGES[stage].name), "data": [row["counts"][at] for row in months]}
                for at, stage in enumerate(STAGES) if stage in ("acquired", "activated", "retained")
            ]},
            "board-funnel": {"y": [str(one["meaning"].name) for one in stages], "series": [{"name": "", "data": counts}]},
        },
    }  # fmt: skip


def _row(row: Mapping[str, Any], wanted: Mapping[str, str], *, thing: Any = None, text: str = "") -> dict[str, Any]:
    counts = [row[stage] for stage in STAGES]
    return {
        "wanted": wanted, "thing": thing if getattr(thing, "name", "") or isinstance(thing, Mapping) else None, "text": text,
        "counts": counts, "spent": row["spent_minor"], "cells": list(zip(STAGES, counts, strict=True)),
        "share": share_bp(row["paying"], row["acquired"]),
    }  # fmt: skip


def cohorts(look: BoardLook, result: Mapping[str, Any]) -> dict[str, Any]:
    """Give the heat map, the repeat rate and the gaps."""
    rows = result["cohorts"]
    longest = max((len(row["kept"]) for row in rows), default=0)
    repeat, gaps = result["repeat"], result["gaps"]
    shown = [
        {"month": row["month"], "members": row["members"], "cells": [
            {"at": at, "month": _later(row["month"], at), "members": kept[0], "minor": kept[1],
             "share": share_bp(kept[0], row["members"]), "shade": _shade(kept[0], row["members"]) if at else SHADES}
            for at, kept in enumerate(row["kept"])
        ], "empty": range(longest - len(row["kept"]))}
        for row in rows
    ]  # fmt: skip
    unit = 10 ** MINOR_DIGITS[look.places.currency]
    curve = [_average(rows, at) for at in range(longest)]
    return {
        "rows": shown,
        "offsets": range(longest),
        "repeat": {**repeat, "share": share_bp(repeat["again"], repeat["members"]), "once": repeat["members"] - repeat["again"],
                   "money_share": share_bp(repeat["again_minor"], repeat["kept_minor"])},
        "gaps": {"times": gaps["times"], "quarters": gaps["quarters"]},
        "drawn": {
            "board-gaps": {"x": [_between(low, high) for low, high, _ in gaps["bins"]], "bars": True,
                           "series": [{"name": "", "data": [times for _, _, times in gaps["bins"]]}]},
            "board-curve": {"x": [str(at) for at in range(longest)], "percent": True, "series": [{"name": "", "data": curve}]},
            "board-revenue": {"x": [row["month"] for row in rows], "bars": True,
                              "series": [{"name": "", "data": [sum(kept[1] for kept in row["kept"]) / unit for row in rows]}]},
        },
    }  # fmt: skip


def rfm(_look: BoardLook, result: Mapping[str, Any]) -> dict[str, Any]:
    """Give the map of five by five, shaded by members, and its groups."""
    grid = result["rfm"]
    most = max((members for row in grid["cells"] for members, _ in row), default=0)
    return {
        "rows": [
            {"r": 5 - at, "cells": [
                {"r": 5 - at, "f": f, "members": members, "minor": kept, "shade": _shade(members, most),
                 "share": share_bp(members, grid["members"]), "money_share": share_bp(kept, grid["kept_minor"])}
                for f, (members, kept) in enumerate(row, 1)
            ]}
            for at, row in enumerate(grid["cells"])
        ],
        "groups": [
            {"code": code, "meaning": GROUPS[code], "members": members, "minor": kept, "share": share_bp(members, grid["members"]),
             "money_share": share_bp(kept, grid["kept_minor"])}
            for code, members, kept in grid["groups"]
        ],
        "members": grid["members"],
        "kept": grid["kept_minor"],
    }  # fmt: skip


def value(result: Mapping[str, Any], run: Any) -> dict[str, Any]:
    """Give the tenths, their shares of all that is expected, and the proof by tenth."""
    rows = result["deciles"]
    whole = sum(row["worth_minor"] for row in rows)
    return {
        "rows": [
            {**row, "share": share_bp(row["worth_minor"], whole), "each_minor": row["worth_minor"] // row["members"] if row["members"] else 0}
            for row in rows
        ],
        "worth": whole,
        "members": sum(row["members"] for row in rows),
        "error": error_bp(run.expected, run.actual),
        "naive_error": error_bp(run.naive, run.actual),
        "drawn": {
            "board-proof": {"x": [str(row["decile"]) for row in rows], "bars": True, "series": [
                {"name": _("expected"), "data": [row["expected"] for row in rows]}, {"name": _("came"), "data": [row["actual"] for row in rows]},
            ]},
            "board-worth": {"x": [str(row["decile"]) for row in rows], "bars": True,
                            "series": [{"name": "", "data": [share_bp(row["worth_minor"], whole) / 100 for row in rows]}]},
        },
    }  # fmt: skip


def meanings(of: Mapping[str, Meaning]) -> list[Meaning]:
    """Give the definitions of a board in the order of the board."""
    return list(of.values())


def _average(rows: list[dict[str, Any]], at: int) -> float:
    """Give the share, in percent, of all cohorts that are old enough who bought in this month after their first."""
    old = [row for row in rows if len(row["kept"]) > at]
    members = sum(row["members"] for row in old)
    return round(100 * sum(row["kept"][at][0] for row in old) / members, 1) if members else 0.0


def _shade(part: int, whole: int) -> int:
    return min(SHADES, -(-part * SHADES // whole)) if whole else 0


def _later(month: str, months: int) -> str:
    at = int(month[:4]) * 12 + int(month[5:7]) - 1 + months
    return f"{at // 12}-{at % 12 + 1:02d}"


def _between(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}+" if high >= 10_000 else f"{low}–{high}"
