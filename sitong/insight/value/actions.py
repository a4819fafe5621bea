"""Reckon lifetime values: asked for by people or once a week, done by the worker with the fitting in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet as parquet
from django.db import IntegrityError, transaction

from sitong.insight.lake.queries import lake_of
from sitong.insight.lake.reading import Lake
from sitong.insight.value.expressions import histories
from sitong.insight.value.models import ValueRun
from sitong.insight.value.queries import folder, newest_run
from sitong.insight.value.rules import HOLDOUT_DAYS, HORIZON_DAYS, MEMBERS_MIN, mean_absolute
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id

AGAIN = timedelta(days=7)
LOST = timedelta(hours=2)
"""A run that has not ended by then was killed with its worker, and begins anew."""

PATIENCE_S = 3_600


class TooFewToValue(Refused):
    """Lifetime value needs a history: too few members have bought before the hold-out period. Fact least."""

    code = "insight.too_few_to_value"


def ask_for_values(brand_id: UUID, *, by: UUID | None, now: datetime) -> ValueRun:
    """Note that a brand's values are to be reckoned; one that is asked for already is the answer."""
    try:
        with transaction.atomic():
            return ValueRun.objects.create(id=new_id(), brand_id=brand_id, asked_at=now, asked_by=by)
    except IntegrityError:
        found = newest_run(brand_id)
        assert found is not None
        return found


def ask_where_old(brand_ids: list[UUID], *, now: datetime) -> int:
    """Ask anew for brands whose values are a week old; give how many. A brand that never asked is left alone."""
    asked = 0
    for brand_id in brand_ids:
        last = newest_run(brand_id)
        if last is not None and last.ended_at is not None and now - last.asked_at > AGAIN:
            ask_for_values(brand_id, by=None, now=now)
            asked += 1
    return asked


def reckon_values(*, now: datetime) -> int:
    """Do what is asked for, brand by brand; give how many. What fails is noted on its run."""
    done = 0
    for row in list(ValueRun.objects.filter(ended_at=None).order_by("asked_at")):
        if row.started_at is not None and now - row.started_at < LOST:
            continue
        ValueRun.objects.filter(id=row.id).update(started_at=now, step="reading")
        row.refresh_from_db()
        try:
            value_members(row, now=now)
        except Exception as failed:  # one brand's trouble must not stop another's
            trouble = failed.code if isinstance(failed, Refused) else f"{type(failed).__name__}: {failed}"[:200]
            ValueRun.objects.filter(id=row.id).update(ended_at=now, trouble=trouble, step="")
        done += 1
    return done


def value_members(row: ValueRun, *, now: datetime) -> ValueRun:
    """Reckon one brand's values as of yesterday. Refused: insight.too_few_to_value."""
    zone = brand_facts([row.brand_id])[row.brand_id].zone
    as_of = business_date(now, zone) - timedelta(days=1)
    with lake_of(row.brand_id) as lake, tempfile.TemporaryDirectory() as place:
        source, told = Path(place) / "histories.parquet", Path(place) / "told.json"
        _write_histories(lake, as_of, source)
        ValueRun.objects.filter(id=row.id).update(step="fitting")
        folder().mkdir(parents=True, exist_ok=True)
        name = f"{row.brand_id.hex}-{row.id.hex}.parquet"
        unfinished = folder() / f"{name}.unfinished"
        _fit(source, unfinished, told)
        ValueRun.objects.filter(id=row.id).update(step="comparing")
        said = json.loads(told.read_text())
        sums = _compared(unfinished)
        unfinished.rename(folder() / name)
    for key, value in {**sums, "parameters": said["parameters"], "fitted": said["fitted"]}.items():
        setattr(row, key, value)
    row.as_of, row.holdout_days, row.horizon_days = as_of, HOLDOUT_DAYS, HORIZON_DAYS
    row.path, row.ended_at, row.step = name, now, ""
    row.save()
    _sweep(row)
    return row


def _write_histories(lake: Lake, as_of: date, target: Path) -> None:
    found = histories(lake, as_of, HOLDOUT_DAYS).to_pyarrow()
    known = found.filter(found["early_age"].is_valid()).num_rows if found.num_rows else 0
    if known < MEMBERS_MIN:
        raise TooFewToValue(least=MEMBERS_MIN)
    parquet.write_table(found, target)


def _fit(source: Path, target: Path, told: Path) -> None:
    command = [sys.executable, "-m", "sitong.insight.value.fitting", str(source), str(target), str(told)]
    done = subprocess.run(
        [*command, str(HOLDOUT_DAYS), str(HORIZON_DAYS)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2] or f"fitting ended with {done.returncode}")


def _compared(path: Path) -> dict[str, Any]:
    """Add up what was expected of the hold-out period, what came, and what going on as before would have been."""
    rows = parquet.read_table(path).to_pandas()
    known = rows[rows.early_age > 0]
    naive = (known.early_frequency + 1) * HOLDOUT_DAYS / known.early_age.clip(HOLDOUT_DAYS)
    actual = known.actual_purchases.tolist()
    return {
        "members": len(rows), "worth_minor": round(rows.worth_minor.sum()), "expected": float(known.expected_purchases.sum()),
        "actual": float(sum(actual)), "naive": float(naive.sum()), "error_each": mean_absolute(known.expected_purchases.tolist(), actual),
        "naive_error_each": mean_absolute(naive.tolist(), actual),
    }  # fmt: skip


def _sweep(row: ValueRun) -> None:
    """Keep the files of the last two runs."""
    kept = (
        ValueRun.objects.filter(brand_id=row.brand_id)
        .exclude(path="")
        .order_by("-ended_at")
        .values_list("path", flat=True)[:2]
    )
    for file in folder().glob(f"{row.brand_id.hex}-*.parquet"):
        if file.name not in set(kept) | {row.path}:
            file.unlink(missing_ok=True)
