"""Hot routes: who asks, what is wanted, and a clear answer to everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from pydantic import BaseModel, Field

from sitong.shared.access.tokens import issue
from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.batch.hot import HotCall, HotRoute, HotTable, answer_hot
from sitong.shared.batch.lane import Lane
from sitong.shared.clock import now
from sitong.shared.errors import Busy, NotFound, Refused

pytestmark = pytest.mark.usefixtures("committed_db")

BRAND = UUID(int=7)
CLERK = Viewer(UUID(int=1), "store", BRAND, (Place("store", UUID(int=2), "clerk"),))


class Wanted(BaseModel):
    number: int = Field(ge=0)


def act(items: Sequence[int]) -> list[int | Refused]:
    if 13 in items:
        raise ZeroDivisionError
    outcomes = {7: NotFound(number=7), 8: Busy(retry_after_s=3)}
    return [outcomes.get(item, item * 2) for item in items]


def read(call: HotCall) -> int:
    assert call.viewer is not None
    call.viewer.require("orders.hand_over")
    return Wanted.model_validate_json(call.body).number


@pytest.fixture
def route() -> Iterator[HotRoute[int, int]]:
    lane: Lane[int, int] = Lane("hot-test", act)
    yield HotRoute(
        "POST", "/api/v1/doubles", lane, read, lambda double: {"double": double}, status=201, body_bytes_max=40
    )
    lane.stop()


def bearer(viewer: Viewer = CLERK, *, ttl_s: int = 60, at=None) -> dict[bytes, bytes]:
    return {b"authorization": b"Bearer " + issue(viewer, ttl_s=ttl_s, now=at or now()).encode()}


def ask(
    route,
    body: bytes | None = b'{"number": 4}',
    headers: dict[bytes, bytes] | None = None,
    query: bytes = b"",
    parameter: str = "",
):
    """Give status, headers and the JSON of the answer."""
    headers = bearer() if headers is None else headers
    status, more, sent = asyncio.run(
        answer_hot(route, parameter, query=query, headers=headers, body=body, request_id="request-1")
    )
    return status, more, orjson.loads(sent)


def test_a_right_request_gets_what_the_lane_gave(route):
    assert ask(route) == (201, {}, {"double": 8})


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "shared.not_signed_in"),
        ({b"authorization": b"Basic c2VjcmV0"}, "shared.not_signed_in"),
        ({b"authorization": b"Bearer \xff.x.y"}, "shared.token_forged"),
        ({b"authorization": bearer()[b"authorization"] + b"x"}, "shared.token_forged"),
    ],
)
def test_a_stranger_is_asked_to_sign_in(route, headers, code):
    status, more, said = ask(route, headers=headers)
    assert (status, said["code"]) == (401, code)
    assert more == {"WWW-Authenticate": 'Bearer realm="sitong"'}


def test_a_token_that_has_run_out_opens_nothing(route):
    status, _, said = ask(route, headers=bearer(at=now() - timedelta(seconds=61)))
    assert (status, said["code"]) == (401, "shared.token_expired")


def test_an_account_without_the_permission_is_refused(route):
    consumer = Viewer(UUID(int=3), "consumer", BRAND, member_id=UUID(int=4))
    status, _, said = ask(route, headers=bearer(consumer))
    assert (status, said["code"], said["facts"]) == (403, "shared.not_allowed", {"permission": "orders.hand_over"})


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"number": -1}', b'{"number": "\xff"}', b'{"number": 1e400}', b'{"number": "x"}', b"null"],
)
def test_a_malformed_body_is_answered_with_the_place_that_is_wrong(route, body):
    status, _, said = ask(route, body)
    assert (status, said["code"]) == (422, "shared.malformed")
    assert set(said["facts"]["errors"][0]) == {"at", "what"}


def test_a_huge_body_is_refused_unread(route):
    status, _, said = ask(route, None)
    assert (status, said["code"], said["facts"]) == (413, "shared.too_large", {"bytes_max": 40})


def test_refusals_have_their_status_and_say_when_to_come_back(route):
    assert ask(route, b'{"number": 7}')[0] == 404
    status, more, said = ask(route, b'{"number": 8}')
    assert (status, more, said["facts"]) == (503, {"Retry-After": "3"}, {"retry_after_s": 3})


def test_a_refusal_speaks_the_callers_language(route):
    english = ask(route, b'{"number": 8}', {**bearer(), b"accept-language": b"en-GB,en;q=0.9"})[2]["message"]
    assert english == "Too much is going on right now. Please try again in 3 seconds."
    for unknown in (b"", b"xx", b"*", b"\xff,;q=x"):
        assert ask(route, b'{"number": 8}', {**bearer(), b"accept-language": unknown})[0] == 503


def test_a_bug_is_answered_with_the_request_id_and_nothing_of_its_inside(route):
    status, _, said = ask(route, b'{"number": 13}')
    assert (status, said["code"], said["facts"]) == (500, "shared.broken", {"request_id": "request-1"})
    assert "ZeroDivision" not in said["message"]


def test_a_render_that_refuses_or_gives_bytes_is_taken_as_it_is(route):
    plain = HotRoute(
        "GET", "/x", route.lane, lambda call: int(call.query["n"]), lambda double: b"[%d]" % double, open_to_all=True
    )
    assert ask(plain, b"", {}, b"n=3") == (200, {}, [6])


def test_routes_are_found_by_method_and_path_with_one_parameter(route):
    shelf = HotRoute("GET", "/api/v1/stores/{store_id}/shelf", route.lane, read, str)
    page = HotRoute("GET", "/api/v1/pages/{code}", route.lane, read, str)
    table = HotTable([route, shelf, page])
    assert table.find("POST", "/api/v1/doubles") == (route, "")
    assert table.find("GET", "/api/v1/doubles") is None
    assert table.find("GET", "/api/v1/stores/a7/shelf") == (shelf, "a7")
    assert table.find("GET", "/api/v1/stores/a/b/shelf") is None
    assert table.find("GET", "/api/v1/stores//shelf") is None
    assert table.find("GET", "/api/v1/pages/home") == (page, "home")
    assert table.lanes == [route.lane]
    with pytest.raises(ValueError, match="two hot routes"):
        HotTable([route, route])
    with pytest.raises(ValueError, match="one parameter"):
        HotTable([HotRoute("GET", "/{a}/{b}", route.lane, read, str)])
