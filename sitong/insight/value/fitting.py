"""Fit lifetime value in a process of its own: `python -m sitong.insight.value.fitting IN OUT TOLD HOLDOUT HORIZON`.

BG/NBD (Fader, Hardie, Lee 2005) says how many purchases are to come, Gamma-Gamma (Fader, Hardie 2013) for how much each; both by
pymc-marketing, fitted by their posterior's maximum. Nothing of Django and no database: Parquet in, Parquet and JSON out.
Without a C compiler its expressions run in Python, which is as good here: only the parameters are fitted that way.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from pathlib import Path
from typing import Any

PIECE = 500_000
KEPT = (
    "ordinal", "purchases", "worth_minor", "alive", "expected_purchases", "actual_purchases", "actual_minor", "early_frequency", "early_age",
)  # fmt: skip
SEED = 5


def main(source: str, target: str, told: str, holdout_days: int, horizon_days: int) -> None:
    """Fit on what was known before the hold-out period; forecast that period, and the time that is to come."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    import pandas
    from pytensor.configdefaults import config

    from sitong.insight.value.rules import FITTED_MAX

    config.cxx, config.linker = "", "py"

    rows = pandas.read_parquet(source)
    early = rows[rows.early_age > 0]
    sample = early.sample(min(len(early), FITTED_MAX), random_state=SEED)
    purchases, spending = _fit(sample)
    rows["expected_purchases"] = 0.0
    rows.loc[early.index, "expected_purchases"] = _purchases(purchases, early, "early", holdout_days)
    rows["purchases"] = _purchases(purchases, rows, "late", horizon_days)
    rows["alive"] = _alive(purchases, rows)
    rows["worth_minor"] = rows["purchases"] * _spend(spending, rows) * 100
    rows[list(KEPT)].to_parquet(target)
    parameters = {**_said(purchases), **_said(spending)}
    Path(told).write_text(json.dumps({"parameters": parameters, "fitted": len(sample)}))


def _fit(sample: Any) -> tuple[Any, Any]:
    from pymc_marketing import clv

    purchases = clv.BetaGeoModel(data=_frame(sample, "early"))
    purchases.build_model()
    purchases.fit(method="map", progressbar=False)
    again = sample[(sample.early_frequency > 0) & (sample.early_money > 0)]
    spending = clv.GammaGammaModel(data=_frame(again, "early")[["customer_id", "frequency", "monetary_value"]])
    spending.build_model()
    spending.fit(method="map", progressbar=False)
    return purchases, spending


def _frame(rows: Any, prefix: str) -> Any:
    import pandas

    return pandas.DataFrame({
        "customer_id": rows["ordinal"].to_numpy(), "frequency": rows[f"{prefix}_frequency"].to_numpy(float),
        "recency": rows[f"{prefix}_recency"].to_numpy(float), "T": rows[f"{prefix}_age"].to_numpy(float).clip(1),
        "monetary_value": (rows[f"{prefix}_money"].to_numpy(float) / 100).clip(0),
    })  # fmt: skip


def _pieces(rows: Any, prefix: str) -> list[Any]:
    return [_frame(rows.iloc[start : start + PIECE], prefix) for start in range(0, len(rows), PIECE)]


def _purchases(model: Any, rows: Any, prefix: str, days: int) -> Any:
    return _joined([model.expected_purchases(data=one, future_t=days) for one in _pieces(rows, prefix)])


def _alive(model: Any, rows: Any) -> Any:
    return _joined([model.expected_probability_alive(data=one) for one in _pieces(rows, "late")])


def _spend(model: Any, rows: Any) -> Any:
    wanted = ["customer_id", "frequency", "monetary_value"]
    return _joined([model.expected_customer_spend(data=one[wanted]) for one in _pieces(rows, "late")])


def _joined(pieces: list[Any]) -> Any:
    import numpy

    return numpy.concatenate([numpy.asarray(one).reshape(-1) for one in pieces]) if pieces else numpy.empty(0)


def _said(model: Any) -> dict[str, float]:
    return {str(name): round(float(value), 5) for name, value in model.fit_summary().items()}


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0], given[1], given[2], int(given[3]), int(given[4]))
