"""The graphs of versions."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from sitong.marketing.journeys.graph import Graph, graph_read
from sitong.marketing.journeys.models import JourneyVersion


@lru_cache(maxsize=2_000)
def frozen_graph(version_id: UUID) -> Graph:
    """Give the graph of a version that was started: it never changes any more, so it is read once."""
    return graph_read(JourneyVersion.objects.get(id=version_id, frozen_at__isnull=False).graph)
