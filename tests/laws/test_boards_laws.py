"""Boards over lakes made at random: stages nest, cohorts add up, everybody stands on the map once, and lists are as long as their numbers."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sitong.insight.asked import Asked
from sitong.insight.cohorts import expressions as cohorts
from sitong.insight.cohorts.rules import GROUPS, SCORES, group_of
from sitong.insight.growth import expressions as growth
from sitong.insight.growth.rules import STAGES
from sitong.insight.lake.reading import Lake
from tests.insight.test_boards import a_lake, bought, joined

LAST = date(2026, 6, 30)
LAWFUL = settings(max_examples=12, deadline=None)


@st.composite
def lakes(draw):
    """Members who joined on some day and bought on some others, at two stores; some of it came back."""
    members, orders, back = [], [], []
    for ordinal in range(1, draw(st.integers(1, 8)) + 1):
        source, store = draw(st.sampled_from(["scan", "ad"])), draw(st.sampled_from(["s1", "s2"]))
        members.append(joined(ordinal, LAST - timedelta(draw(st.integers(0, 500))), source, store))
        for days in draw(st.lists(st.integers(0, 500), max_size=6, unique=True)):
            order = bought(
                ordinal,
                LAST - timedelta(days),
                draw(st.integers(1, 9)) * 100,
                store=draw(st.sampled_from(["s1", "s2"])),
            )
            orders.append(order)
            back += [order] if draw(st.integers(0, 4)) == 0 else []
    stores = draw(st.sampled_from([None, ("s1",), ("s1", "s2")]))
    first = LAST - timedelta(draw(st.integers(0, 500)))
    asked = Asked(
        first, LAST - timedelta(draw(st.integers(0, (LAST - first).days))), stores, draw(st.sampled_from(["", "ad"]))
    )
    return members, orders, back, asked


@LAWFUL
@given(lakes())
def test_boards_keep_their_laws(made):
    members, orders, back, asked = made
    with tempfile.TemporaryDirectory() as place:
        a_lake(Path(place), members, orders, back=back)
        with Lake.at(place) as lake:
            funnel = growth.board(lake, asked, referring={1, 3, 5}, campaigns={})
            found = cohorts.board(lake, asked)
            days = cohorts.purchase_days(lake, asked).to_pyarrow().to_pylist()

            def count(board, **wanted) -> int:
                table = board.behind(
                    lake, asked, wanted, **({"referring": {1, 3, 5}, "campaigns": {}} if board is growth else {})
                )
                return int(table.count().to_pyarrow().as_py())

            listed = {stage: count(growth, stage=stage) for stage in STAGES}
            again = count(cohorts, again="yes")
            grouped = {group: count(cohorts, group=group) for group in GROUPS}
            firsts = {row["month"]: count(cohorts, cohort=row["month"]) for row in found["cohorts"]}

    whole = funnel["whole"]
    counts = [whole[stage] for stage in STAGES]
    assert all(before >= after >= 0 for before, after in pairwise(counts))
    assert listed == {stage: whole[stage] for stage in STAGES}
    for by in ("sources", "stores", "months"):
        for name, value in whole.items():
            assert sum(row[name] for row in funnel[by]) == value

    by_member: dict[int, list] = {}
    for row in sorted(days, key=lambda one: one["on"]):
        by_member.setdefault(row["ordinal"], []).append(row)
    inside = {key: rows for key, rows in by_member.items() if asked.first.replace(day=1) <= rows[0]["on"]}
    assert sum(row["members"] for row in found["cohorts"]) == len(inside)
    assert firsts == {row["month"]: row["members"] for row in found["cohorts"]}
    assert sum(kept for row in found["cohorts"] for _, kept in row["kept"]) == sum(
        one["kept_minor"] for rows in inside.values() for one in rows
    )
    assert all(
        row["kept"][0][0] == row["members"] >= max(members for members, _ in row["kept"]) for row in found["cohorts"]
    )

    in_period = {key: [one for one in rows if one["on"] >= asked.first] for key, rows in by_member.items()}
    assert found["repeat"]["members"] == sum(bool(rows) for rows in in_period.values())
    assert found["repeat"]["again"] == again == sum(len(rows) > 1 for rows in in_period.values())
    assert (
        found["gaps"]["times"]
        == sum(max(0, len(rows) - 1) for rows in in_period.values())
        == sum(bin[2] for bin in found["gaps"]["bins"])
    )

    of_year = {key for key, rows in by_member.items() if rows[-1]["on"] > asked.last - timedelta(365)}
    assert found["rfm"]["members"] == len(of_year) == sum(cell[0] for row in found["rfm"]["cells"] for cell in row)
    assert grouped == {name: members for name, members, _ in found["rfm"]["groups"]}
    assert {group_of(r, f) for r in range(1, SCORES + 1) for f in range(1, SCORES + 1)} == set(GROUPS)
