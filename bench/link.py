"""Link generated customers: a million records trained, compared and grouped; ten thousand new ones against them. SIZE=10m: ten million.

The truth is known, so precision and recall stand beside the seconds. The reference is a plain exact join on the phone.
"""

from __future__ import annotations

import os
import time

from bench import Figure

SIZES = {"1m": (1_000_000, 30.0), "10m": (10_000_000, 360.0)}
NEW, NEW_S_MAX = 10_000, 15.0
PRECISION_MIN, RECALL_MIN = 0.995, 0.95


def run() -> list[Figure]:
    """Measure on fresh generated records; fail when quality is below what is promised."""
    from sitong.member.linking.faces import prepare
    from sitong.member.linking.measuring import quality, truth
    from sitong.member.linking.model import compare, group, opened, trained
    from sitong.member.linking.population import generated

    size = os.environ.get("SIZE", "1m")
    records, most_s = SIZES[size]
    people = generated(records + NEW)
    connection = opened(memory="6GB" if size == "1m" else "16GB")
    began = time.perf_counter()
    prepare(connection, people.slice(0, records), table="faces")
    prepared = time.perf_counter()
    model = trained(connection, "faces")
    learned = time.perf_counter()
    compare(connection, model, faces="faces", into="pairs")
    compared = time.perf_counter()
    group(
        connection,
        faces="faces",
        pairs="pairs",
        joined="probability >= 0.99 AND NOT unsure",
        apart="apart",
        into="grouped",
    )
    seconds = time.perf_counter() - began
    truth(connection, people)
    found = quality(connection, groups="grouped")
    if found.precision < PRECISION_MIN or found.recall < RECALL_MIN:
        raise AssertionError(f"the model links too badly: {found}")
    joined_s, plain = _plain(connection)
    steps = {
        "prepare_s": round(prepared - began, 1), "train_s": round(learned - prepared, 1),
        "compare_s": round(compared - learned, 1), "group_s": round(began + seconds - compared, 1),
    }  # fmt: skip
    steps["plain_join_s"] = round(joined_s, 2)
    plainly = {"against": "same phone"}
    figures = [
        Figure(
            f"link {size} records", round(seconds, 1), "s (less is better)", most_s, round(seconds / most_s, 2), steps
        ),
        Figure("link precision", found.precision, "share", plain.precision, found.precision / plain.precision, plainly),
        Figure("link recall", found.recall, "share", plain.recall, found.recall / plain.recall, plainly),
    ]
    return [*figures, _newcomers(connection, model, people.slice(records))]


def _plain(connection):
    """Group by phone alone."""
    from sitong.member.linking.measuring import quality

    began = time.perf_counter()
    connection.execute(
        "CREATE OR REPLACE TABLE plain AS SELECT unique_id, coalesce(min(unique_id) OVER (PARTITION BY phone), unique_id) AS group_id"
        " FROM (SELECT unique_id, coalesce(phone, 'none ' || unique_id) AS phone FROM faces)"
    )
    return time.perf_counter() - began, quality(connection, groups="plain")


def _newcomers(connection, model, new) -> Figure:
    from sitong.member.linking.faces import prepare
    from sitong.member.linking.model import compare

    began = time.perf_counter()
    prepare(connection, new, table="new_faces")
    compare(connection, model, faces="faces", new="new_faces", into="new_pairs")
    seconds = time.perf_counter() - began
    said = "probability >= 0.99 AND NOT unsure AND NOT apart"
    right, all_ = connection.execute(
        f"SELECT count(*) FILTER (l.person = r.person), count(*) FROM new_pairs"
        f" JOIN truth l ON l.unique_id = left_id JOIN truth r ON r.unique_id = right_id WHERE {said}"
    ).fetchall()[0]
    also = {"pairs": all_, "precision": round(right / all_, 5)}
    return Figure(
        f"link {NEW} new against them",
        round(seconds, 1),
        "s (less is better)",
        NEW_S_MAX,
        round(seconds / NEW_S_MAX, 2),
        also,
    )
