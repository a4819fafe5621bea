"""Scans: first scans of 200,000 codes with their reward over HTTP, 128 callers; then the same codes again, which are only read.

Beside pgbench running the same statements one first scan a transaction, on the same plan: the reward is cash, so that each of
them stands here. A second figure gives points instead.
"""

from __future__ import annotations

import os
import random
from datetime import timedelta
from typing import Any

import orjson

from bench import Figure, compared, load, pgbench, server
from bench.claim import seed, tokens
from bench.orders import _filled, _json, analyze, books

CODES = int(os.environ.get("SCANS", "200000"))
POINTS = CODES // 4
MEMBERS = 30_000
WARM_UP = 2_000
CALLERS = 128
TARGET = 1.5
APART = 16
SPACE = 100_000_000


def run() -> list[Figure]:
    """Measure first scans, the same again, and first scans that give points; reference: pgbench, same statements."""
    with server.database():
        brand_id = seed()
        plan_points(brand_id)
        members = tokens(brand_id, MEMBERS)
        cash, points = batch(brand_id, "cash", 10), batch(brand_id, "points", 5)
        measured = [batch(brand_id, "cash", 10) for _ in range(APART)]
        analyze()
        reference = pgbench.custom(script(brand_id, measured[:1]), variables={"scan": 0})
        apart = pgbench.custom(script(brand_id, measured), variables={"scan": 3_000_000})
        counted_again(measured)
        with server.web() as port:
            codes = texts_of(cash, CODES + WARM_UP)
            first = load.fire(port, scans(codes, members, seed=1), callers=CALLERS, warm_up=WARM_UP).only(200)
            again = load.fire(port, scans(codes[:CODES], members, seed=2), callers=CALLERS, warm_up=WARM_UP).only(200)
            of_points = load.fire(
                port, scans(texts_of(points, POINTS), members, seed=3), callers=CALLERS, warm_up=WARM_UP
            ).only(200)
        check(cash, CODES + WARM_UP)
        check(points, POINTS)
        books()
    return [
        compared("scan (first, cash)", first.rate, "scans/s", reference, p50_ms=first.p50_ms, p99_ms=first.p99_ms, target=TARGET,
                 ratio_to_pgbench_on_16_plans=first.rate / apart),
        compared("scan (repeated)", again.rate, "scans/s", first.rate, p50_ms=again.p50_ms, p99_ms=again.p99_ms, target=1.0),
        compared("scan (first, points)", of_points.rate, "scans/s", reference, p50_ms=of_points.p50_ms, p99_ms=of_points.p99_ms),
    ]  # fmt: skip


def plan_points(brand_id: Any) -> None:
    """Let the brand give points."""
    from sitong.member.points.actions import publish_points_plan
    from sitong.member.points.rules import PointsPlan
    from sitong.shared.clock import now as clock_now

    publish_points_plan(
        PointsPlan(brand_id, version=0, earn_points_per_100=1, minor_per_point=1), by=None, now=clock_now()
    )


def batch(brand_id: Any, kind: str, amount: int) -> Any:
    """Make a batch of codes that are in use, with a plan that gives each of them the same for certain."""
    from sitong.goods.codes.actions import BatchWanted, RangeWanted, activate_codes, make_batches
    from sitong.marketing.giving.rules import Reward
    from sitong.marketing.scans.actions import ScanPlanWanted, define_scan_plans, publish_scan_plan
    from sitong.marketing.scans.rules import MILLION, Prize
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now = clock_now()
    (made,) = make_batches([BatchWanted(new_id(), brand_id, SPACE)], by=None, now=now)
    activate_codes([RangeWanted(new_id(), brand_id, made.id, 1, SPACE)], by=None, now=now)
    wanted = ScanPlanWanted(
        new_id(),
        brand_id,
        "扫码有礼",
        (Prize(Reward(kind, amount), MILLION, amount),),
        now,
        now + timedelta(days=9),
        batch_id=made.id,
    )
    (plan,) = define_scan_plans([wanted], by=None, now=now)
    publish_scan_plan(plan.id, by=None, now=now)
    made.plan_id = plan.id
    return made


def texts_of(made: Any, count: int) -> list[str]:
    """Give the texts of so many codes of a batch, in random order."""
    from sitong.goods.codes.making import codes_at

    numbers = list(range(made.first_number, made.first_number + count))
    random.Random(made.first_number).shuffle(numbers)
    return list(codes_at(made.brand_id, made.generation, side="outer", numbers=numbers))


def scans(codes: list[str], members: list[str], *, seed: int) -> list[bytes]:
    """Give a scan of each code by a random member."""
    from sitong.shared.ids import new_id

    chance = random.Random(seed)
    return [
        load.post("/api/v1/code-scans", orjson.dumps({"id": new_id(), "code": code}), chance.choice(members))
        for code in codes
    ]


def counted_again(made: list[Any]) -> None:
    """Let the plans' counts say what pgbench has drawn: its clients write absolute counts, as a batch does under the lock."""
    from sitong.shared.statements import write

    for one in made:
        write(
            "UPDATE marketing_scanplancount AS c SET drawn = d.n, won = d.n, spent_minor = 10 * d.n, won_each = ARRAY[d.n] "
            "FROM (SELECT count(*)::int AS n FROM marketing_codedraw WHERE plan_id = %s) AS d WHERE c.plan_id = %s", [one.plan_id, one.plan_id],
        )  # fmt: skip


def check(made: Any, count: int) -> None:
    """Raise unless every code was drawn with once and rewarded once."""
    from sitong.shared.statements import run as ask

    ((drawn, given),) = ask(
        "SELECT (SELECT count(*) FROM marketing_codedraw WHERE plan_id = %s AND fault = ''), "
        "(SELECT count(*) FROM marketing_rewardgiven WHERE source = %s)", [made.plan_id, f"scan:{made.plan_id}"],
    )  # fmt: skip
    if (drawn, given) != (count, count):
        raise RuntimeError(f"{drawn} drawn and {given} given of {count}")


FACTS = (
    '{"brand_id": "01a204f7-f381-7049-b455-3af68c730000", "scan_id": "01a204f7-f3d3-7161-a646-92af81ef6561", "batch_id": '
    '"00000000-0000-7000-a000-000000000001", "serial": 1, "member_id": "01a204f7-f3d3-7161-a646-92af81ef6562", "level": "item", '
    '"side": "outer", "role": "consumer", "before": 0, "standing": "active", "store_id": null, "dealer_id": null, "cell": null}'
)
ID = (
    "('01a20000-' || lpad(to_hex(:scan::int >> 16), 4, '0') || '-7000-8000-' "
    "|| lpad(to_hex(:scan::int & 65535), 4, '0') || '0000' || lpad(to_hex(:client_id::int), 4, '0'))::uuid"
)


def script(brand_id: Any, made: list[Any]) -> str:
    """Give one first scan as a pgbench script: the very statements of the action, with arrays of one scan.

    With as many plans as clients each client has its own, so that none waits for another's row.
    """
    from sitong.goods.codes.actions.scan import COUNT_SCANS, EARLIER, WRITE_SCANS
    from sitong.goods.codes.queries.read import OF_NUMBERS
    from sitong.goods.codes.queries.states import STATES
    from sitong.marketing.giving.actions import give
    from sitong.marketing.scans.actions.scan import COUNT_DRAWS, LOCK_COUNTS, WRITE_DRAWS
    from sitong.marketing.scans.drawn import DRAWN
    from sitong.marketing.scans.terms import READ
    from sitong.shared.events.actions.outbox import ANNOUNCE

    now, one, brand, nothing = "now()", f"ARRAY[{ID}]", f"ARRAY['{brand_id}'::uuid]", "'{}'"
    serial, plan, none = (
        "ARRAY[(:client_id::bigint * 5000000 + :scan::bigint)]",
        f"ARRAY[{_of_client([each.plan_id for each in made])}]",
        "'{NULL}'",
    )
    firsts = ",".join(str(each.first_number) for each in made)
    number, batch_id = (
        f"ARRAY[(('{{{firsts}}}'::bigint[])[1 + :client_id % {len(made)}] - 1 + :client_id::bigint * 5000000 + :scan::bigint)]",
        f"ARRAY[{_of_client([each.id for each in made])}]",
    )
    outer, told = "'{outer}'", f"ARRAY[{_json(FACTS)}]"
    read = (OF_NUMBERS, [number, f"'{brand_id}'::uuid"])
    steps = [
        read, (STATES, [batch_id, serial, outer]), (DRAWN, [batch_id, serial]), (READ, [nothing, batch_id, nothing]),
        read, (EARLIER, [one]), (COUNT_SCANS, [now, now, batch_id, serial, outer, brand, "'{1}'", "'{0}'"]),
        (WRITE_SCANS, [now, one, brand, batch_id, serial, outer, "'{consumer}'", one, none, none, none, "'{0}'", none, "'{0}'"]),
        (ANNOUNCE, [now, one, brand, "'{goods.codes_scanned}'", told]),
        (DRAWN, [batch_id, serial]), (LOCK_COUNTS, [plan]), (DRAWN, [batch_id, serial]), (READ, [plan, nothing, nothing]),
        (give.EARLIER, [one]),
        (give.WRITE_REWARDS, [now, one, brand, one, "'{cash}'", "'{10}'", none, "'{scan:1}'", none, "'{\"[]\"}'"]),
        (give.WRITE_CASH, [now, one, brand, one, "'{10}'", "'{scan:1}'", none]),
        (ANNOUNCE, [now, one, brand, "'{marketing.cash_reward_due}'", told]),
        (WRITE_DRAWS, [now, batch_id, serial, brand, none, one, one, plan, "'{0}'", "'{10}'", "'{\"\"}'", none]),
        (ANNOUNCE, [now, one, brand, "'{marketing.code_drawn}'", told]),
        (COUNT_DRAWS, [plan, "'{1}'", "'{1}'", "'{10}'", "'{1}'", "ARRAY[current_date]", "'{\"[1]\"}'"]),
    ]  # fmt: skip
    head = ["\\set scan :scan + 1", "BEGIN;"]
    return "\n".join([*head, *(_filled(statement, values) for statement, values in steps), "COMMIT;", ""])


def _of_client(ids: list[Any]) -> str:
    return f"('{{{','.join(map(str, ids))}}}'::uuid[])[1 + :client_id % {len(ids)}]"
