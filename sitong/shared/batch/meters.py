"""What lanes count about themselves."""

from __future__ import annotations

import os
from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram

SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 350, 500)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

LANE = ["lane"]

_size = Histogram("sitong_lane_batch_items", "Items in a batch.", LANE, buckets=SIZES)
_wait = Histogram("sitong_lane_wait_seconds", "How long a batch's first item waited for it.", LANE, buckets=SECONDS)
_commit = Histogram("sitong_lane_commit_seconds", "From a batch's start until it was durable.", LANE, buckets=SECONDS)
_waiting = Gauge("sitong_lane_waiting_items", "Items that wait for a batch.", LANE, multiprocess_mode="livesum")
_turned_away = Counter("sitong_lane_turned_away", "Items refused: the queue was full or the lane closing.", LANE)
_late = Counter("sitong_lane_late", "Callers who were answered that it takes too long.", LANE)
_failed = Counter("sitong_lane_failed", "Items that failed alone, by a bug.", LANE)
_retried = Counter("sitong_lane_retried", "Batches begun again after a broken connection or a collision.", LANE)


class Meters:
    """The numbers of one lane."""

    def __init__(self, lane: str, waiting: Callable[[], int]) -> None:
        self.size = _size.labels(lane)
        self.wait = _wait.labels(lane)
        self.commit = _commit.labels(lane)
        self.turned_away = _turned_away.labels(lane)
        self.late = _late.labels(lane)
        self.failed = _failed.labels(lane)
        self.retried = _retried.labels(lane)
        self._waiting = _waiting.labels(lane)
        self._count_waiting = waiting
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            self._waiting.set_function(lambda: float(waiting()))

    def batch_done(self, items: int, waited_s: float, commit_s: float) -> None:
        """Count one batch."""
        self.size.observe(items)
        self.wait.observe(waited_s)
        self.commit.observe(commit_s)
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            self._waiting.set(self._count_waiting())
