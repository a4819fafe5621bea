"""A rush for coupons: 128 callers, 5,000 left, 50,000 tries over HTTP. Exactly 5,000 are given, one each.

Beside pgbench running the same statements one claim a transaction, on the same coupon: first while there are some (what is
measured is the claim itself, given), then the whole rush.
"""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import orjson

from bench import Figure, compared, load, pgbench, server
from bench.orders import _filled, _json, analyze, books

QUOTA = 5_000
TRIES = 50_000
MEMBERS = 30_000
GIVEN = 40_000
WARM_UP = 2_000
CALLERS = 128
APART = 16
TARGET = 2.0


def run() -> list[Figure]:
    """Measure the rush in one process and in two, and claims that are all given; reference: pgbench, same statements."""
    figures = []
    with server.database():
        brand_id = seed()
        members = tokens(brand_id, MEMBERS)
        endless = coupon(brand_id, None)
        analyze()
        reference = pgbench.custom(script(brand_id, [endless]), variables={"claim": 0})
        apart = pgbench.custom(
            script(brand_id, [coupon(brand_id, None) for _ in range(APART)]), variables={"claim": 3_000_000}
        )
        with server.web() as port:
            open_to_all = coupon(brand_id, None, per_member=1_000)
            given = load.fire(
                port, claims(open_to_all, members, GIVEN + WARM_UP, seed=3), callers=CALLERS, warm_up=WARM_UP
            ).only(201)
        figures.append(
            compared(
                "claim (all given)",
                given.rate,
                "claims/s",
                reference,
                p50_ms=given.p50_ms,
                p99_ms=given.p99_ms,
                target=TARGET,
                ratio_to_pgbench_on_16_coupons=given.rate / apart,
            )
        )
        for workers in (1, 2):
            rushed = coupon(brand_id, QUOTA)
            with server.web(workers=workers) as port:
                rush = load.fire(port, claims(rushed, members, TRIES, seed=workers), callers=CALLERS).only(201, 409)
            check(rushed, rush)
            name = "claim" if workers == 1 else "claim (2 processes)"
            figures.append(compared(name, rush.rate, "answers/s", reference, given=rush.statuses.get("201", 0),
                                    gone=rush.codes.get("marketing.coupon_gone", 0), have=rush.codes.get("marketing.have_yours", 0),
                                    p50_ms=rush.p50_ms, p99_ms=rush.p99_ms, target=TARGET, ratio_to_pgbench_on_16_coupons=rush.rate / apart))  # fmt: skip
        books()
    return figures


def seed() -> UUID:
    """Make a brand."""
    from sitong.org.brands.actions import found_brand
    from sitong.shared.clock import now as clock_now

    brand = found_brand(
        code="bench", name="四通百货", name_en="Bench", currency="CNY", zone="Asia/Shanghai", by=None, now=clock_now()
    )
    return brand.id


def coupon(brand_id: UUID, quota: int | None, per_member: int = 1) -> UUID:
    """Define and publish a coupon that everybody may claim, so many in all."""
    from sitong.marketing.coupons.actions import CouponWanted, define_coupons, publish_coupon
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now = clock_now()
    wanted = CouponWanted(
        new_id(),
        brand_id,
        "抢",
        "cash",
        value_minor=500,
        valid_until=now + timedelta(days=9),
        quota_total=quota,
        per_member=per_member,
    )
    (made,) = define_coupons([wanted], by=None, now=now)
    publish_coupon(made.id, by=None, now=now)
    return wanted.id


def tokens(brand_id: UUID, count: int) -> list[str]:
    """Give tokens of so many members, good for an hour."""
    from sitong.shared.access.tokens import issue
    from sitong.shared.access.viewer import Viewer
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now = clock_now()
    return [issue(Viewer(new_id(), "consumer", brand_id, (), new_id()), ttl_s=3600, now=now) for _ in range(count)]


def claims(coupon_id: UUID, members: list[str], count: int, *, seed: int) -> list[bytes]:
    """Give tries for a coupon, each by a random member: some come twice."""
    from sitong.shared.ids import new_id

    chance = random.Random(seed)
    return [
        load.post(
            "/api/v1/coupon-claims", orjson.dumps({"id": new_id(), "coupon_id": coupon_id}), chance.choice(members)
        )
        for _ in range(count)
    ]


def check(coupon_id: UUID, rush: load.Fired) -> None:
    """Raise unless exactly as many were given as there were, one each, and all others were told why not."""
    from sitong.shared.statements import run as ask

    ((given, members),) = ask(
        "SELECT count(*), count(DISTINCT member_id) FROM marketing_couponclaim WHERE coupon_id = %s", [coupon_id]
    )
    refused = rush.codes.get("marketing.coupon_gone", 0) + rush.codes.get("marketing.have_yours", 0)
    if (given, members, rush.statuses.get("201"), refused) != (QUOTA, QUOTA, QUOTA, TRIES - QUOTA):
        raise RuntimeError(f"{given} given to {members} members; {rush.statuses}, {rush.codes}")


CLAIM = (
    "('01a20000-' || lpad(to_hex(:claim::int >> 16), 4, '0') || '-7000-8000-' "
    "|| lpad(to_hex(:claim::int & 65535), 4, '0') || '0000' || lpad(to_hex(:client_id::int), 4, '0'))::uuid"
)
FACTS = (
    '{"brand_id": "01a204f7-f381-7049-b455-3af68c730000", "claim_id": "01a204f7-f3d3-7161-a646-92af81ef6561", "coupon_id": '
    '"00000000-0000-7000-a000-000000000001", "member_id": "01a204f7-f3d3-7161-a646-92af81ef6562", "way": "claim", "source": "", '
    '"store_id": null}'
)


def script(brand_id: UUID, coupons: list[UUID]) -> str:
    """Give one claim as a pgbench script: the very statements of the action, with arrays of one claim.

    With as many coupons as clients each client has its own, so that none waits for another's row.
    """
    from sitong.marketing.coupons.actions.claim import COUNT_GIVEN, EARLIER, HAD, LOCK_COUNTS, WRITE_CLAIMS
    from sitong.shared.events.actions.outbox import ANNOUNCE

    now, later, one = "now()", "ARRAY[now() + interval '7 days']", f"ARRAY[{CLAIM}]"
    brand, kind = (
        f"ARRAY['{brand_id}'::uuid]",
        f"ARRAY[('{{{','.join(map(str, coupons))}}}'::uuid[])[1 + :client_id % {len(coupons)}]]",
    )
    code = "ARRAY['C' || lpad(to_hex(:claim::int), 10, '0') || lpad(to_hex(:client_id::int), 4, '0')]"
    steps = [
        (LOCK_COUNTS, [kind]),
        (EARLIER, [one]),
        (HAD, [kind, one]),
        (WRITE_CLAIMS, [now, one, brand, kind, one, code, "'{claim}'", "'{\"\"}'", "'{NULL}'", "'{NULL}'", "ARRAY[now()]", later]),
        (COUNT_GIVEN, [kind, "'{1}'", "ARRAY[current_date]"]),
        (ANNOUNCE, [now, one, brand, "'{marketing.coupon_claimed}'", f"ARRAY[{_json(FACTS)}]"]),
    ]  # fmt: skip
    head = ["\\set claim :claim + 1", "BEGIN;"]
    return "\n".join([*head, *(_filled(statement, values) for statement, values in steps), "COMMIT;", ""])
