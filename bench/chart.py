"""Draws docs/pictures/growth.svg from docs/growth.csv: how long each of the large jobs takes as the members grow.

    python -m bench.chart

A line of the file is one measured run: job, members, seconds, peak memory in GiB (empty: not measured), what was done.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
SOURCE, TARGET = DOCS / "growth.csv", DOCS / "pictures" / "growth.svg"
COLORS = ("#0b7a5f", "#d1495b", "#2d4f9e", "#edae49", "#66588f", "#5aa9e6", "#8a5a44", "#444444")
TICKS = {1: "1 s", 10: "10 s", 60: "1 min", 360: "6 min", 1_200: "20 min"}


def draw() -> Path:
    """Draw every job's seconds over its members, both axes logarithmic, with a dotted line that grows as the members do."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plot

    mpl.rcParams.update({"svg.hashsalt": "sitong", "font.family": "sans-serif", "svg.fonttype": "none"})
    runs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with SOURCE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            runs[row["job"]].append((float(row["members"]) / 1e6, float(row["seconds"])))
    figure, axes = plot.subplots(figsize=(8.4, 4.8))
    for color, (job, points) in zip(COLORS, sorted(runs.items()), strict=False):
        across, up = zip(*sorted(points), strict=True)
        axes.plot(across, up, marker="o", color=color, label=job, linewidth=2)
    axes.plot((1, 28), (1, 28), linestyle=":", color="#999999", label="in proportion")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([1, 10, 28], ["1", "10", "28"])
    axes.set_yticks(list(TICKS), list(TICKS.values()))
    axes.minorticks_off()
    axes.set_xlabel("million members (link: million records)")
    axes.grid(visible=True, color="#e6e9ed")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    figure.tight_layout()
    figure.savefig(TARGET, metadata={"Date": None})
    return TARGET


if __name__ == "__main__":
    print(draw())
