"""Members check in when a store opens: 128 callers, each member once, by the counter's code. All of them are counted.

Beside pgbench running the same statements one check-in a transaction. A second round sends the same again: every answer is the
first one, and nothing is written.
"""

from __future__ import annotations

from uuid import UUID

import orjson

from bench import Figure, compared, load, pgbench, server
from bench.claim import seed, tokens
from bench.orders import _filled, _json, analyze, books

MEMBERS = 30_000
WARM_UP = 2_000
CALLERS = 128
TARGET = 1.5


def run() -> list[Figure]:
    """Measure first check-ins and repeated ones; reference: pgbench, same statements."""
    figures = []
    with server.database():
        brand_id = seed()
        store_id, plan_id = opened(brand_id)
        members = people(brand_id, MEMBERS)
        analyze()
        reference = pgbench.custom(script(brand_id, store_id, plan_id), variables={"visit": 0})
        with server.web() as port:
            asked = visits(store_id, members)
            first = load.fire(port, asked, callers=CALLERS, warm_up=WARM_UP).only(201)
            again = load.fire(port, asked[WARM_UP:], callers=CALLERS).only(201)
        check(store_id)
        figures.append(compared("checkin", first.rate, "check-ins/s", reference, p50_ms=first.p50_ms, p99_ms=first.p99_ms, target=TARGET))  # fmt: skip
        figures.append(
            compared("checkin (repeated)", again.rate, "answers/s", reference, p50_ms=again.p50_ms, p99_ms=again.p99_ms)
        )
        books()
    return figures


def opened(brand_id: UUID) -> tuple[UUID, UUID]:
    """Open a store and publish a plan: seven days in a row bring a yuan, a crowd is no wonder."""
    from sitong.marketing.checkin.actions import PlanWanted, define_plans, publish_plan
    from sitong.marketing.checkin.rules import Step
    from sitong.marketing.giving.rules import Reward
    from sitong.org.brands.actions import EntityWanted, register_entities
    from sitong.org.stores.actions import StoreWanted, open_stores
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now = clock_now()
    (entity,) = register_entities([EntityWanted(new_id(), brand_id, "四通商贸")], by=None, now=now)
    store = StoreWanted(
        new_id(), brand_id, entity.id, "direct", "bench", "人民广场店", latitude_e6=31_230_000, longitude_e6=121_473_000
    )
    open_stores([store], by=None, now=now)
    step = Step("streak", 7, Reward("cash", 100))
    wanted = PlanWanted(
        new_id(), brand_id, "签到", (step,), now.date().replace(day=1), by_position=False, crowd_members=1_000_000, device_members_max=20
    )  # fmt: skip
    (plan,) = define_plans([wanted], by=None, now=now)
    publish_plan(plan.id, by=None, now=now)
    return store.id, plan.id


def people(brand_id: UUID, count: int) -> list[tuple[UUID, str]]:
    """Give members with their tokens, good for an hour."""
    from sitong.shared.access.tokens import verify
    from sitong.shared.clock import now as clock_now

    now = clock_now()
    found = [(verify(token, now=now).member_id, token) for token in tokens(brand_id, count)]
    return [(member_id, token) for member_id, token in found if member_id is not None]


def visits(store_id: UUID, members: list[tuple[UUID, str]]) -> list[bytes]:
    """Give one check-in of each member, with a challenge of its own and the code that the counter shows now."""
    from sitong.marketing.checkin.challenge import make_challenge
    from sitong.marketing.coupons.counter import counter_code
    from sitong.shared.clock import now as clock_now

    now = clock_now()
    code = counter_code(store_id, at=now)
    return [
        load.post("/api/v1/check-ins", orjson.dumps({
            "challenge": make_challenge(member_id, store_id, now=now), "store_id": store_id, "counter_code": code, "device": member_id.hex,
        }), token)
        for member_id, token in members
    ]  # fmt: skip


def check(store_id: UUID) -> None:
    """Raise unless every member has checked in once. The reference's own rows have a shorter device."""
    from sitong.shared.statements import run as ask

    ((rows, members),) = ask(
        "SELECT count(*), count(DISTINCT member_id) FROM marketing_checkin WHERE store_id = %s AND state = 'counted' AND octet_length(device) = 32",
        [store_id],
    )
    if (rows, members) != (MEMBERS, MEMBERS):
        raise RuntimeError(f"{rows} check-ins of {members} members")


VISIT = (
    "('01a20000-' || lpad(to_hex(:visit::int >> 16), 4, '0') || '-7000-8000-' "
    "|| lpad(to_hex(:visit::int & 65535), 4, '0') || '0000' || lpad(to_hex(:client_id::int), 4, '0'))::uuid"
)
FACTS = (
    '{"brand_id": "01a204f7-f381-7049-b455-3af68c730000", "check_in_id": "01a204f7-f3d3-7161-a646-92af81ef6561", "member_id": '
    '"01a204f7-f3d3-7161-a646-92af81ef6562", "store_id": "01a204f7-f3d3-7161-a646-92af81ef6563", "on": "2026-03-03", "way": "code", '
    '"streak": 1, "total": 1}'
)


def script(brand_id: UUID, store_id: UUID, plan_id: UUID) -> str:
    """Give one check-in as a pgbench script: the very statements of the action, with arrays of one."""
    from sitong.marketing.checkin.actions.counting import CROWDS, DEVICES, EARLIER, THE_DAYS
    from sitong.marketing.checkin.actions.writing import LOCK, STAND, WRITE
    from sitong.shared.events.actions.outbox import ANNOUNCE

    one, brand, store = f"ARRAY[{VISIT}]", f"'{brand_id}'::uuid", f"'{store_id}'::uuid"
    places, both = f"ARRAY[{brand}, {store}]", f"ARRAY[{VISIT}, {VISIT}]"
    device, today = f"ARRAY[uuid_send({VISIT})]", "ARRAY[current_date]"
    steps = [
        (LOCK, [places, both, f"ARRAY[{brand}, {brand}]"]),
        (EARLIER, [one]),
        (THE_DAYS, [one, today]),
        (DEVICES, [device, today]),
        (CROWDS, [f"ARRAY[{store}]", "ARRAY[now() - interval '1 second']", "now()"]),
        (WRITE, ["now()", one, f"ARRAY[{brand}]", f"ARRAY['{plan_id}'::uuid]", f"ARRAY[{brand}]", f"ARRAY[{store}]", one, today,
                 "'{code}'", "'{counter}'", "'{\"\"}'", device, "'{counted}'", "'{\"\"}'", "'{1}'", "'{1}'"]),
        (STAND, [places, both, "'{1,1}'", "ARRAY[current_date, current_date]", "ARRAY[current_date, current_date]", "'{1,1}'"]),
        (ANNOUNCE, ["now()", one, f"ARRAY[{brand}]", "'{marketing.member_checked_in}'", f"ARRAY[{_json(FACTS)}]"]),
    ]  # fmt: skip
    head = ["\\set visit :visit + 1", "BEGIN;"]
    return "\n".join([*head, *(_filled(statement, values) for statement, values in steps), "COMMIT;", ""])
