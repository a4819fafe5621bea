"""Every endpoint, tried by everybody whose business it is not: nothing seen, nothing changed.

Endpoints are found by themselves. A new parameter name needs a sample in `world.py`; a new address that everybody may
open needs a line in OPEN with its reason; a new address below /brand/, /dealer/ or /store/ needs nothing.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta

import orjson
import pytest
from django.db import connection, transaction
from django.test import Client

from sitong.org.models import Store
from sitong.shared import clock
from sitong.shared.access import scope
from sitong.shared.access.scope import show_every_brand
from sitong.shared.access.tokens import issue
from sitong.shared.batch.hot import HotCall
from sitong.shared.errors import Refused
from tests.walls.endpoints import PARAMETER, Endpoint, api_endpoints, body_of, hot_routes, page_endpoints
from tests.walls.world import World, a_world

OPEN = {
    r"/healthz|/readyz": "says only whether the platform is well",
    r"/metrics": "counts without names",
    r"/language/": "remembers a language in a cookie",
    r"/sign-in/.*|/sign-out/": "where strangers become somebody",
    r"/api/v1/sign-in/(staff|code|phone|wechat)": "where programs become somebody",
    r"/join/.*|/api/v1/invites/.*": "the link's secret says who may come in",
    r"/api/v1/(openapi\.json|docs)": "the document itself",
    r"/api/v1/payments/.*/notify": "the payment provider speaks by its signature",
    r"/api/v1/message-callbacks/.*": "providers of messages speak by their signature or by the account's secret",
    r"/m/.*": "a message's link is for whoever got it: it leads on, or says that no more is wanted",
    r"/s/.*|\^?s/.*|/\^s/.*": "a shop's window is for everybody; what is the consumer's own is checked like all else",
    r"/api/v1/code-checks": "whether a code is genuine, and what it is on, is told to everybody; limited by network address",
    r"/[Qq]/.*": "the page behind a code on a package is for whoever holds it; who draws is a member",
    r"/c/.*": "a coupon's link is for everybody who has it; who claims, takes or redeems is a member",
    r"/api/v1/stores/\{store_id\}/(products|categories|promotions)(/\{product_id\})?": "what a shop sells may be seen by everybody",
    r"/": "leads to the sign-in page",
    r"/events/<slug:name>/<str:key>": "asks the stream itself who may hear it",
}
"""Addresses that answer strangers, and why. What is hidden must not stand in their answers either."""

ANYBODY = frozenset({"anybody"})
CONSUMER = frozenset({"another consumer"})
STAFF = frozenset({"another dealer", "another store"})
OWN_DOING = {
    "POST /api/v1/orders": (CONSUMER, "a consumer orders in any store of its brand"),
    "GET /api/v1/carts/{store_id}": (CONSUMER, "a consumer has a cart of its own in every store of its brand"),
    "PUT /api/v1/carts/{store_id}/lines/{sku_id}": (CONSUMER, "the same"),
    "POST /api/v1/coupon-claims": (CONSUMER, "a consumer claims what its brand gives"),
    "POST /api/v1/deal-joins": (CONSUMER, "a consumer joins the group deals of its brand"),
    "GET /api/v1/open-deals/{deal_id}/groups": (
        CONSUMER | STAFF,
        "a brand's group deals are for all of the brand to see",
    ),
    "GET /api/v1/deal-groups/{deal_group_id}": (CONSUMER | STAFF, "the same: numbers, nobody's name"),
    "GET /api/v1/open-deals/{deal_id}/days/{day}/file": (CONSUMER | STAFF, "the same, with all that proves it"),
    "GET /api/v1/open-deals/{deal_id}/days": (CONSUMER | STAFF, "a draw's results are published"),
    "POST /s/<slug:brand_code>/<str:store_code>/deals/<uuid:deal_id>/": (CONSUMER, "the same, in the mini shop"),
    "POST /api/v1/draw-plays": (CONSUMER, "a consumer plays what its brand offers"),
    "POST /api/v1/coupon-passes/{pass_id}/take": (CONSUMER, "whoever opens a friend's link takes what it offers"),
    "POST /c/<slug:brand_code>/pass/<uuid:pass_id>/": (CONSUMER, "whoever opens a friend's link takes what it offers"),
    "POST /api/v1/code-scans": (CONSUMER, "a consumer scans what it holds in its hand"),
    "POST /api/v1/code-checks": (ANYBODY, "whoever scans a code is counted as a scan"),
    "GET /api/v1/stores/{store_id}/check-in": (
        CONSUMER,
        "a consumer sees how it stands itself, in any store of its brand",
    ),
    **{
        f"{method} /{letter}/<str:brand_code>/{between}<str:letters>": (
            ANYBODY,
            "whoever opens a code's page is counted as a scan",
        )
        for method in ("GET", "POST")
        for letter in "Qq"
        for between in ("", "01/<str:gtin>/21/")
    },
    "PATCH /api/v1/me": (CONSUMER, "a consumer changes its own name"),
    "POST /api/v1/me/consents": (CONSUMER, "a consumer says yes or no for itself"),
    "PUT /api/v1/me/message-wishes": (CONSUMER, "a consumer says which messages it wants"),
    "POST /api/v1/me/message-credits": (CONSUMER, "a consumer allows a message to itself"),
    "POST /m/<str:message_token>/stop/": (ANYBODY, "whoever holds a message's link wants no more of these"),
    "GET /m/<str:message_token>/": (ANYBODY, "whoever follows a message's link has clicked it"),
    "POST /api/v1/tiers/me/birthday": (CONSUMER, "a consumer says its own birthday"),
    "POST /api/v1/me/phone/code": (CONSUMER, "a consumer has a code sent to its new phone"),
    "GET /api/v1/me/export": (CONSUMER, "a consumer takes its own data; that it did is in the change log"),
    "GET /api/v1/tags/{tag_id}/members": (
        STAFF,
        "a brand's tags are known to its staff; of members, those of their own",
    ),
    "POST /store/gifts/confirms/": (STAFF, "a store says who confirms at its own counter"),
    "POST /store/members/": (STAFF, "a clerk lets somebody join in the own store"),
    "POST /s/<slug:brand_code>/<str:store_code>/me/data/name/": (CONSUMER, "a consumer changes its own name"),
    "POST /s/<slug:brand_code>/<str:store_code>/me/data/export/": (CONSUMER, "a consumer takes its own data"),
    "POST /api/v1/invites/{secret}/accept": (ANYBODY, "whoever holds the link makes the account that it is for"),
    "POST /join/<str:secret>/": (ANYBODY, "the same"),
    "POST /api/v1/sign-in/code": (ANYBODY, "a stranger asks for a code"),
    "POST /sign-in/phone/": (ANYBODY, "a stranger asks for a code"),
}
"""What somebody does within brand one that is the asker's own and lawful, and whose."""

OWN_OF_CONSUMERS = re.compile(
    r"/api/v1/(me|orders|sign-in|carts|quotes|wallet|top-ups|my-coupons|my-payouts|open-coupons|coupon-claims|coupon-passes|coupon-purchases"
    r"|open-draws|draw-plays|my-draw-plays|my-prizes"
    r"|code-scans|my-gifts|gift-asks"
    r"|my-cards|card-sales|card-kinds$"
    r"|open-deals|my-deals|deal-joins|deal-groups"
    r"|check-ins|stores/\{store_id\}/check-in(-challenges)?$|points/(me|plan)|tiers/(me|plan)|returns|return-requests)"
)
"""What a consumer has of its own; what another consumer gets of it is tried with all the other strangers."""

READING = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|SHOW)\b", re.IGNORECASE)
WRITING = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|nextval|procrastinate\w*)\b", re.IGNORECASE)

BROWSER = Client(raise_request_exception=False)
UNSHOWN = {"django_session", "shared_bucket", "insight_boardresult"}
"""Sessions, counts of tries, and kept numbers of whoever asked: reading may write them."""
SHOP_WINDOW = {"store", "product", "category"}


@pytest.fixture
def world(db) -> World:
    return a_world()


def known(endpoints: list[Endpoint], world: World) -> list[Endpoint]:
    """Leave out those that lack a sample; a test of its own says so."""
    return [endpoint for endpoint in endpoints if set(endpoint.parameters) <= set(world.samples)]


def is_open(endpoint: Endpoint) -> bool:
    return any(re.fullmatch(pattern, endpoint.path) for pattern in OPEN)


def of_the_brand(endpoint: Endpoint) -> bool:
    """Tell whether an address is about goods only, which all staff of a brand may know."""
    return {one for one in endpoint.parameters if one.endswith("_id")} <= {"product_id", "sku_id", "category_id"}


def standing(brand_id) -> dict[str, str]:
    """Give a checksum of brand one's rows, and of all rows of tables without a brand, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'brand_id') FROM pg_class c
               WHERE c.relkind = 'r' AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace"""
        )
        parts = [
            f"SELECT '{table}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
            + (f" WHERE brand_id = '{brand_id}'" if branded else "")
            for table, branded in cursor.fetchall() if table not in UNSHOWN
        ]  # fmt: skip
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


class Wrote:
    """Notes whether anything but plain reading was said to the database: only then are the tables compared, which is slow."""

    anything = False

    def __call__(self, execute, sql, params, many, context):
        if not READING.match(str(sql)) or WRITING.search(str(sql)):
            self.anything = True
        return execute(sql, params, many, context)


def ask(world: World, endpoint: Endpoint, viewer, before: dict[str, str]) -> tuple[int, str, list[str]]:
    """Ask once as a viewer; give status, what came back, and the tables that changed. All of it is undone."""
    headers = {"Authorization": f"Bearer {issue(viewer, ttl_s=600, now=clock.now())}"} if viewer else {}
    said = {} if endpoint.method == "get" or endpoint.kind == "page" else {"content_type": "application/json"}
    if endpoint.method != "get":
        body = (
            body_of(endpoint.schema, world.samples)
            if endpoint.schema
            else {key: value for key, value in world.samples.items() if isinstance(value, str)}
        )
        said["data"] = body if endpoint.kind == "page" else orjson.dumps(body)
    BROWSER.cookies.clear()
    wrote = Wrote()
    with transaction.atomic():
        with connection.execute_wrapper(wrote):
            answer = getattr(BROWSER, endpoint.method)(endpoint.address(world.samples), headers=headers, **said)
        came = "" if answer.streaming else text_of(answer)
        reset_scope()
        changed = (
            [table for table, sum in standing(world.brand.id).items() if before.get(table) != sum]
            if wrote.anything
            else []
        )
        transaction.set_rollback(True)
    reset_scope()
    return answer.status_code, came, changed


def text_of(answer) -> str:
    """Give an answer as readable text: JSON without its escapes."""
    text = answer.content.decode(errors="replace")
    return (
        json.dumps(json.loads(text), ensure_ascii=False)
        if answer.get("Content-Type", "").startswith("application/json") and text
        else text
    )


def reset_scope() -> None:
    """Show all brands again, whatever the rollback did to the connection's setting."""
    scope._shown.pop(connection.connection, None)
    show_every_brand()


def problems_of(world: World, endpoint: Endpoint, name: str, viewer, before: dict[str, str]) -> list[str]:
    status, came, changed = ask(world, endpoint, viewer, before)
    problems = [f"answered {status}"] if status >= 500 else []
    own = OWN_DOING.get(str(endpoint), (frozenset(), ""))[0] & {name, "anybody"}
    if changed and not own:
        problems.append(f"changed {', '.join(changed)}")
    foreign = viewer is None or viewer.brand_id != world.brand.id
    hidden = {**world.hidden, **(world.goods if foreign else {})}
    for what, text in hidden.items():
        if text in came and not (is_open(endpoint) and what in SHOP_WINDOW):
            problems.append(f"shows the {what}")
    if not is_open(endpoint) and not own:
        if viewer is None and status not in (401, 302, 404, 405):
            problems.append(f"answered a stranger with {status}")
        if (
            status == 200
            and came != "[]"
            and any(one.endswith("_id") for one in endpoint.parameters)
            and (foreign or not of_the_brand(endpoint))
        ):
            problems.append("answered 200 about what is not theirs")
    return [f"{endpoint} as {name}: {problem}" for problem in problems]


def test_what_asks_for_no_sign_in_stands_in_the_list_with_its_reason():
    bare = [str(endpoint) for endpoint in api_endpoints() if not endpoint.guarded and not is_open(endpoint)]
    assert not bare, "\n".join(["these ask for no sign-in; if that is meant, say why in OPEN", *bare])
    assert all(len(reason) > 10 for reason in OPEN.values())


def test_every_parameter_has_a_sample(world):
    unknown = {
        f"{endpoint.path}: {name}"
        for endpoint in [*api_endpoints(), *page_endpoints()]
        for name in endpoint.parameters
        if name not in world.samples
    }
    assert not unknown, "\n".join(["give a sample of brand one for these in tests/walls/world.py", *sorted(unknown)])


def test_nobody_sees_or_changes_what_is_not_theirs_by_the_api(world):
    before = standing(world.brand.id)
    tries = [(endpoint, *asker) for endpoint in known(api_endpoints(), world) for asker in world.strangers.items()]
    problems = [problem for one in tries for problem in problems_of(world, *one, before)]
    assert not problems, "\n".join(["", *problems])


def test_nobody_sees_or_changes_what_is_not_theirs_on_a_page(world):
    before = standing(world.brand.id)
    tries = [(endpoint, *asker) for endpoint in known(page_endpoints(), world) for asker in world.strangers.items()]
    problems = [problem for one in tries for problem in problems_of(world, *one, before)]
    assert not problems, "\n".join(["", *problems])


def test_the_test_itself_sees_a_forgotten_filter(world, monkeypatch):
    """The other control: with a query that forgets its filter, a neighbor's reading and changing are found."""
    monkeypatch.setattr("sitong.org.stores.api.stores_visible_to", lambda viewer, permission="": Store.objects.all())
    before, viewer = standing(world.brand.id), world.strangers["another dealer"]
    found = [
        problem for endpoint in api_endpoints() if endpoint.path == "/api/v1/org/stores/{store_id}"
        for problem in problems_of(world, endpoint, "another dealer", viewer, before)
    ]  # fmt: skip
    assert "GET /api/v1/org/stores/{store_id} as another dealer: shows the store" in found
    changed = next(
        one for one in found if one.startswith("PATCH /api/v1/org/stores/{store_id} as another dealer: changed ")
    )
    assert {"org_store", "shared_audit", "shared_event"} <= set(changed.partition(" changed ")[2].split(", "))


def test_each_account_system_s_pages_refuse_the_other_three(world):
    """Even of the same branch: below /brand/ brand staff alone, below /dealer/ dealers, below /store/ stores."""
    before, problems = standing(world.brand.id), []
    for endpoint in known(page_endpoints(), world):
        area = endpoint.path.split("/")[1]
        if area not in ("brand", "dealer", "store"):
            continue
        for name, viewer in world.rightful.items():
            if viewer.system != area:
                status, _, changed = ask(world, endpoint, viewer, before)
                if status not in (403, 405) or changed:
                    problems.append(f"{endpoint} as {name}: {status} {changed}")
    assert not problems, "\n".join(["", *problems])


def test_consumers_reach_nothing_of_staff(world):
    """A consumer of the same brand, by the API: no list of members, staff, stores' figures or changes."""
    before, consumer = standing(world.brand.id), world.rightful["consumer"]
    problems = []
    for endpoint in known(api_endpoints(), world):
        if is_open(endpoint) or OWN_OF_CONSUMERS.match(endpoint.path):
            continue
        status, _, changed = ask(world, endpoint, consumer, before)
        if changed or status < 400:
            problems.append(f"{endpoint}: {status} {changed}")
    assert not problems, "\n".join(["", *problems])


def test_the_tries_are_no_empty_ones(world):
    """The control: whoever has the right is let through, so that the samples are known to be real."""
    before, shut = standing(world.brand.id), []
    for endpoint in known(api_endpoints(), world):
        if is_open(endpoint) or not endpoint.parameters:
            continue
        answers = [ask(world, endpoint, viewer, before)[0] for viewer in world.rightful.values()]
        if not any(status < 300 or status == 409 for status in answers):
            shut.append(f"{endpoint}: {answers}")
    assert not shut, "\n".join(["nobody at all is let through; give samples in tests/walls/world.py that fit", *shut])


@pytest.mark.parametrize("token", ["expired", "forged", "of no account system"])
def test_a_token_that_does_not_hold_is_a_stranger_s(world, token):
    owner = world.rightful["owner"]
    given = {
        "expired": issue(owner, ttl_s=1, now=clock.now() - timedelta(hours=1)),
        "forged": issue(owner, ttl_s=600, now=clock.now())[:-4] + "AAAA",
        "of no account system": "nonsense",
    }[token]
    for endpoint in known(api_endpoints(), world):
        if is_open(endpoint):
            continue
        data = orjson.dumps(body_of(endpoint.schema, world.samples)) if endpoint.schema else b""
        said = {} if endpoint.method == "get" else {"data": data, "content_type": "application/json"}
        answer = getattr(BROWSER, endpoint.method)(
            endpoint.address(world.samples), headers={"Authorization": f"Bearer {given}"}, **said
        )
        assert answer.status_code == 401, endpoint
        assert answer.json()["code"] in ("shared.token_expired", "shared.token_forged"), endpoint


def test_the_hot_lanes_keep_the_brands_apart_without_the_wall_s_help(world):
    """A lane's connection shows all brands, so its action alone must refuse what is another brand's."""
    schemas = {(endpoint.method.upper(), endpoint.path): endpoint.schema for endpoint in api_endpoints()}
    before, problems = standing(world.brand.id), []
    for route in hot_routes():
        schema = schemas[(route.method, route.path)]
        body = orjson.dumps(body_of(schema, world.samples)) if schema else b""
        parameter = next((world.samples[next(filter(None, groups))] for groups in PARAMETER.findall(route.path)), "")
        for name, viewer in world.strangers.items():
            if (viewer is None and not route.open_to_all) or (viewer and viewer.brand_id == world.brand.id):
                continue
            with transaction.atomic():
                try:
                    action = getattr(route.lane, "action", None) or route.lane.lanes[0].action
                    (outcome,) = action([route.parse(HotCall(body, viewer, {}, parameter, "zh-hans", clock.now()))])
                    shown = "" if isinstance(outcome, Refused) else str(route.render(outcome))
                except Refused:
                    shown = ""
                changed = [table for table, sum in standing(world.brand.id).items() if before[table] != sum]
                transaction.set_rollback(True)
            if changed or any(text in shown for text in world.hidden.values()):
                problems.append(f"{route.method} {route.path} as {name}: {changed} {shown[:100]}")
    assert not problems, "\n".join(["", *problems])
