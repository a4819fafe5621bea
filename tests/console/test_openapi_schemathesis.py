"""Every operation of the OpenAPI document, asked with what its schema allows and what it forbids: never a 5xx."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from sitong.shared.access.scope import every_brand
from sitong.shared.access.viewer import Viewer
from tests.make.access import a_token
from tests.walls.world import World, a_world

EXAMPLES = 10
PLAIN = (str, int, type(None))


@pytest.fixture
def world(committed_db) -> World:
    world = a_world()
    del world.samples[
        "merchant_id"
    ]  # its keys are made up; news of the provider are tested with real ones in tests/scene
    return world


def known(value: Any, samples: dict[str, Any]) -> Any:
    """Put ids of things that exist in the place of random ones, so that a request gets past "not found"."""
    if isinstance(value, dict):
        return {
            key: samples[key]
            if key in samples and isinstance(one, PLAIN) and isinstance(samples[key], PLAIN)
            else known(one, samples)
            for key, one in value.items()
        }
    return [known(one, samples) for one in value] if isinstance(value, list) else value


def what_goes_wrong(
    operation: schemathesis.APIOperation, mode: GenerationMode, world: World, statuses: Counter[int]
) -> list[str]:
    """Ask one operation again and again as each account; give what it should not have said."""
    wrong: list[str] = []
    viewers: list[Viewer | None] = [*world.rightful.values(), None]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), st.sampled_from(viewers), st.booleans())
    def ask(case: schemathesis.Case, viewer: Viewer | None, real: bool) -> None:
        if real:
            case.path_parameters = known(case.path_parameters, world.samples)
            case.query = known(case.query, world.samples)
            case.body = known(case.body, world.samples)
        headers = {"Authorization": f"Bearer {a_token(viewer)}"} if viewer else {}
        answer = case.call(headers=headers)
        statuses[answer.status_code] += 1
        if answer.status_code >= 500 and len(wrong) < 3:
            wrong.append(
                f"{answer.status_code} {operation.label} by {viewer and viewer.system}: {case.path_parameters} {case.query} {case.body!r}"
            )
        elif (
            answer.status_code >= 400
            and "/payments/wechat/" not in operation.path
            and set(json.loads(answer.content)) != {"code", "message", "facts"}
        ):
            wrong.append(f"{operation.label}: not our form: {answer.content[:200]!r}")

    ask()
    return wrong


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "forbidden"])
def test_no_request_makes_an_operation_fail(world, mode):
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    wrong: list[str] = []
    statuses: Counter[int] = Counter()
    operations = [found.ok() for found in document.get_all_operations()]
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
            continue  # nothing that could be wrong
        try:
            wrong += what_goes_wrong(operation, mode, world, statuses)
        finally:
            connection.close()
    with every_brand():
        assert wrong == []
    assert len(operations) > 20
    if mode is GenerationMode.POSITIVE:
        assert statuses[200] + statuses[201] > len(operations), statuses
