"""A journey of brand one that runs, and a task of it for the store."""

from __future__ import annotations

from typing import Any

from sitong.marketing.models import JourneyTask
from sitong.shared import clock
from tests.make.journeys import a_graph, a_journey, all_move, enters
from tests.make.member import a_member


def journey_samples(brand: Any, store: Any) -> dict[str, str]:
    """Give the ids of a journey that runs and of a task that it made."""
    now = clock.now()
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("k", "task", {"text": "秘密任务"}), ("x", "exit", {}), edges=["t>k", "k>x"]
    )  # fmt: skip
    journey = a_journey(brand, graph, now=now, name="秘密旅程")
    enters(journey, a_member(brand, home_store_id=store.id, now=now), now=now)
    all_move(journey, now=now)
    task = JourneyTask.objects.get(journey_id=journey.id)
    return {"journey_id": str(journey.id), "journey_task_id": str(task.id), "from_version_id": str(journey.version_id)}
