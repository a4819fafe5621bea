"""A worker is killed while it sends, again and again: nobody gets a message twice, nobody is skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from sitong.marketing.journeys.actions import move_due
from sitong.marketing.models import JourneyEntry, JourneyStep, Message
from sitong.member.consent.actions import ConsentSaid, say_consents
from sitong.shared.ids import new_id
from tests.make.journeys import DAY, a_journey, all_move, enters, wait_then_send
from tests.make.member import a_member, a_wording
from tests.make.messages import a_template
from tests.make.org import NOW, a_brand

ROOT = Path(__file__).parents[2]
MEMBERS = 40


def a_worker(cluster, journey_id) -> subprocess.Popen[str]:
    """A process of its own that moves the journey's members, five at a time."""
    named = settings.DATABASES["default"]["NAME"]
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "sitong.console.settings", "PYTHONPATH": str(ROOT),
        "DATABASE_URL": f"postgresql://{settings.APP_ROLE}@/{named}?host={cluster.socket_dir}",
    }  # fmt: skip
    command = [sys.executable, "tests/races/journey_worker.py", str(journey_id), (NOW + DAY).isoformat()]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.usefixtures("committed_db")
def test_nobody_twice_and_nobody_skipped(cluster):
    brand = a_brand()
    template, wording = a_template(brand), a_wording(brand)
    members = [a_member(brand) for _ in range(MEMBERS)]
    say_consents([ConsentSaid(new_id(), brand.id, one.id, wording.id, True, "self") for one in members], now=NOW)
    graph = wait_then_send()
    graph["nodes"][2]["template"] = str(template.id)
    journey = a_journey(brand, graph)
    enters(journey, *members)
    all_move(journey)

    for pieces in (1, 3, 2):
        worker = a_worker(cluster, journey.id)
        for _ in range(pieces):
            assert worker.stdout.readline() == "planned\n"
        worker.kill()
        worker.wait()
        worker.stdout.close()
    half = Message.objects.count()
    assert 0 < half < MEMBERS, "what was planned and not committed is gone with the worker"
    assert half == JourneyStep.objects.filter(node="s", what="done").count()

    while move_due(journey.id, now=NOW + DAY):
        pass
    assert Counter(Message.objects.values_list("member_id", flat=True)) == Counter({one.id: 1 for one in members})
    steps = JourneyStep.objects.filter(node="s").values_list("id", flat=True)
    assert set(steps) == set(Message.objects.values_list("id", flat=True))
    assert JourneyEntry.objects.filter(state="over", why="exit", steps=4).count() == MEMBERS
