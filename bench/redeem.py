"""Coupons redeemed at counters over HTTP: beside the orders benchmark's reference, and beside their own statements by pgbench."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import orjson

from bench import Figure, compared, load, orders, pgbench, server
from bench.claim import CLAIM
from bench.orders import _filled, _json, analyze, books, store_id

STORES = 20
SKUS = 2_000
REDEEMED = 30_000
WARM_UP = 2_000
AGAIN = 10_000
BATCH = 500
CALLERS = 128
TARGET = 1.0


def run() -> list[Figure]:
    """Measure first scans and second ones, in one process and in two."""
    figures = []
    with server.database():
        shop = orders.seed(STORES, SKUS, 100_000)
        reference = pgbench.custom(orders.script(shop, SKUS), variables={"order": 0})
        coupon_id = coupon(shop.brand_id)
        codes = give(shop.brand_id, coupon_id, 2 * (REDEEMED + WARM_UP))
        analyze()
        own = pgbench.custom(script(shop.brand_id, coupon_id), variables={"claim": 0})
        forget_reference()
        clerks = tokens(shop.brand_id)
        for workers in (1, 2):
            mine = codes[(workers - 1) * (REDEEMED + WARM_UP) :][: REDEEMED + WARM_UP]
            with server.web(workers=workers) as port:
                fired = load.fire(port, scans(mine, clerks, seed=workers), callers=CALLERS, warm_up=WARM_UP).only(200)
                second = load.fire(port, scans(mine[:AGAIN], clerks, seed=9), callers=CALLERS).only(409)
            if second.codes != {"marketing.already_redeemed": AGAIN}:
                raise RuntimeError(f"second scans were answered otherwise: {second.codes}")
            name = "redeem" if workers == 1 else "redeem (2 processes)"
            figures.append(compared(name, fired.rate, "redemptions/s", reference, ratio_to_own_statements=fired.rate / own,
                                    refused_again_a_second=second.rate, p50_ms=fired.p50_ms, p99_ms=fired.p99_ms, target=TARGET))  # fmt: skip
        check(codes)
        books()
    return figures


def coupon(brand_id: UUID) -> UUID:
    """Define an exchange coupon of which a member may have any number."""
    from sitong.marketing.coupons.actions import CouponWanted, define_coupons, publish_coupon
    from sitong.marketing.coupons.rules import Terms
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now = clock_now()
    wanted = CouponWanted(
        new_id(), brand_id, "提领", "exchange", valid_until=now + timedelta(days=9), per_member=1_000_000, terms=Terms(product_ids=frozenset({new_id()}))
    )  # fmt: skip
    define_coupons([wanted], by=None, now=now)
    publish_coupon(wanted.id, by=None, now=now)
    return wanted.id


def give(brand_id: UUID, coupon_id: UUID, count: int) -> list[str]:
    """Give so many, each to a member of its own; gives their codes."""
    from sitong.marketing.coupons.actions import Claimed, ClaimWanted, claim_coupons
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    codes: list[str] = []
    for _ in range(0, count, BATCH):
        wanted = [ClaimWanted(new_id(), brand_id, new_id(), coupon_id) for _ in range(BATCH)]
        codes += [one.code for one in claim_coupons(wanted, now=clock_now()) if isinstance(one, Claimed)]
    return codes


def tokens(brand_id: UUID) -> list[tuple[UUID, str]]:
    """Give each store and the token of its clerk, good for an hour."""
    from sitong.shared.access.tokens import issue
    from sitong.shared.access.viewer import Place, Viewer
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    return [
        (store_id(at), issue(Viewer(new_id(), "store", brand_id, (Place("store", store_id(at), "clerk"),)), ttl_s=3600, now=clock_now()))
        for at in range(STORES)
    ]  # fmt: skip


def scans(codes: Sequence[str], clerks: Sequence[tuple[UUID, str]], *, seed: int) -> list[bytes]:
    """Give a scan of each code in a random store."""
    from sitong.shared.ids import new_id

    chance, found = random.Random(seed), []
    for code in codes:
        store, token = chance.choice(clerks)
        found.append(
            load.post("/api/v1/redemptions", orjson.dumps({"id": new_id(), "store_id": store, "code": code}), token)
        )
    return found


def check(codes: Sequence[str]) -> None:
    """Raise unless each coupon was redeemed exactly once."""
    from sitong.shared.statements import run as ask

    ((redeemed, claims),) = ask(
        "SELECT count(*), count(DISTINCT claim_id) FROM marketing_redemption WHERE NOT id::text LIKE '01a20000-%%'", []
    )
    if (redeemed, claims) != (len(codes), len(codes)):
        raise RuntimeError(f"{redeemed} redemptions of {claims} coupons; {len(codes)} were scanned")


def forget_reference() -> None:
    """Take away what pgbench has written: it counts nothing, so the books would not agree."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        for table in ("marketing_redemption", "marketing_couponclaim"):
            cursor.execute(f"DELETE FROM {table} WHERE id::text LIKE '01a20000-%'")


FACTS = (
    '{"brand_id": "01a204f7-f381-7049-b455-3af68c730000", "redemption_id": "01a204f7-f3d3-7161-a646-92af81ef6561", "claim_id": '
    '"01a204f7-f3d3-7161-a646-92af81ef6561", "coupon_id": "00000000-0000-7000-a000-000000000001", "member_id": '
    '"01a204f7-f3d3-7161-a646-92af81ef6562", "store_id": "00000000-0000-7000-a000-000000000001", "order_id": null, "saved_minor": 0}'
)
"""As long as an event's facts are; the events of this reference name no coupon of the books."""


def script(brand_id: UUID, coupon_id: UUID) -> str:
    """Give one redemption as a pgbench script: the statements of the action, with arrays of one, on a claim made for it.

    The claim is inserted first, so the reference does one insertion more than the action; the ratio says so much less.
    """
    from sitong.marketing.coupons.actions.claim import WRITE_CLAIMS
    from sitong.marketing.coupons.actions.locking import LOCK
    from sitong.marketing.coupons.actions.redeem import MARK_REDEEMED, REDEEMED_BEFORE, WRITE_REDEMPTIONS
    from sitong.marketing.coupons.queries.claims import IDS
    from sitong.shared.events.actions.outbox import ANNOUNCE

    now, later, one = "now()", "ARRAY[now() + interval '7 days']", f"ARRAY[{CLAIM}]"
    brand, kind, store = f"ARRAY['{brand_id}'::uuid]", f"ARRAY['{coupon_id}'::uuid]", f"ARRAY['{store_id(0)}'::uuid]"
    code = "ARRAY['C' || lpad(to_hex(:claim::int), 10, '0') || lpad(to_hex(:client_id::int), 4, '0')]"
    steps = [
        (WRITE_CLAIMS, [now, one, brand, kind, one, code, "'{claim}'", "'{\"\"}'", "'{NULL}'", "'{NULL}'", "ARRAY[now()]", later]),
        (IDS, [brand, code]),
        (LOCK, ["'{}'", store, store, one]),
        (REDEEMED_BEFORE, [one, "'{}'", "'{}'"]),
        (WRITE_REDEMPTIONS, [now, one, brand, one, "'{1}'", kind, one, store, "'{NULL}'", "'{0}'", one]),
        (MARK_REDEEMED, [one]),
        (ANNOUNCE, [now, one, brand, "'{marketing.coupon_redeemed}'", f"ARRAY[{_json(FACTS)}]"]),
    ]  # fmt: skip
    head = ["\\set claim :claim + 1", "BEGIN;"]
    return "\n".join([*head, *(_filled(statement, values) for statement, values in steps), "COMMIT;", ""])
