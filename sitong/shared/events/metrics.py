"""What Prometheus may know of the events: work done by this process, and how far everyone is behind."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error
from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now as clock_now

HANDLED = Counter("sitong_events_handled", "Events handled.", ["subscriber"])
PARKED = Counter("sitong_events_parked", "Events put aside because their handler failed.", ["subscriber"])
BATCH_S = Histogram(
    "sitong_events_batch_seconds", "Time of one batch of one subscriber, commit included.", ["subscriber"]
)


class BehindCollector(Collector):
    """Gauges that are read from the database when they are asked for. Without a database they are left out."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        from sitong.shared.events.queries import lag, oldest_transaction_s

        unread = GaugeMetricFamily("sitong_events_unread", "Events not yet read.", labels=["subscriber"])
        age = GaugeMetricFamily("sitong_events_lag_seconds", "Age of the oldest unread event.", labels=["subscriber"])
        parked = GaugeMetricFamily(
            "sitong_events_parked_open", "Events put aside and not yet dealt with.", labels=["subscriber"]
        )
        oldest = GaugeMetricFamily(
            "sitong_oldest_transaction_seconds", "Age of the oldest transaction that has written; no event passes it."
        )
        try:
            with every_brand():
                oldest.add_metric([], oldest_transaction_s())
                for one in lag():
                    unread.add_metric([one.subscriber], one.events)
                    parked.add_metric([one.subscriber], one.parked)
                    behind_s = (clock_now() - one.oldest_at).total_seconds() if one.oldest_at else 0.0
                    age.add_metric([one.subscriber], max(0.0, behind_s))
        except Error:
            return
        yield from (unread, age, parked, oldest)


_collectors: list[Collector] = []


def collect_lag() -> None:
    """Let this process's /metrics also say how far the subscribers are behind. May be called again."""
    if not _collectors:
        _collectors.append(BehindCollector())
        REGISTRY.register(_collectors[0])
