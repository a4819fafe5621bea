"""A rush on a wheel: 128 callers, 20,000 plays over HTTP on a pool of 100 prizes. Exactly 100 are won, and the record proves it.

Beside pgbench running the same statements one play a transaction, on the same draw. The tickets of the rush are compared
with the published odds by chi-square, and the whole draw is played again from its file, as anybody would.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta
from uuid import UUID

import orjson

from bench import Figure, compared, load, pgbench, server
from bench.claim import seed, tokens
from bench.orders import _filled, _json, analyze, books

PRIZES = 100
PLAYS = 20_000
MEMBERS = 10_000
WARM_UP = 1_000
CALLERS = 128
APART = 16
TARGET = 1.5
CELLS = 100


def run() -> list[Figure]:
    """Measure the rush in one process, and verifying its record; reference: pgbench, same statements."""
    with server.database():
        brand_id = seed()
        members = tokens(brand_id, MEMBERS)
        analyze()
        reference = pgbench.custom(script(brand_id, [draw(brand_id)]), variables={"play": 0})
        apart = pgbench.custom(script(brand_id, [draw(brand_id) for _ in range(APART)]), variables={"play": 3_000_000})
        forget()
        rushed, warmed = draw(brand_id), draw(brand_id)
        with server.web() as port:
            load.fire(port, plays(warmed, members, WARM_UP, seed=1), callers=CALLERS)
            rush = load.fire(port, plays(rushed, members, PLAYS, seed=2), callers=CALLERS).only(201)
        fairness = check(rushed)
        figures = [compared("draw", rush.rate, "plays/s", reference, prizes=PRIZES, chi_square_p=round(fairness, 3), p50_ms=rush.p50_ms,
                            p99_ms=rush.p99_ms, target=TARGET, ratio_to_pgbench_on_16_draws=rush.rate / apart)]  # fmt: skip
        figures.append(verified(rushed))
        books()
    return figures


def draw(brand_id: UUID) -> UUID:
    """Define and publish a wheel with a hundred prizes among a hundred thousand tickets, which all may play endlessly."""
    from sitong.marketing.draws.actions import DrawWanted, define_draws, publish_draw
    from sitong.marketing.draws.rules import DrawRules, Prize, Release
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now = clock_now()
    prize = Prize(new_id(), "奖", weight=30, value_minor=100, ways=("store",), releases=(Release(now, PRIZES),))
    rules = DrawRules(
        "抢",
        "wheel",
        "四通",
        "会员",
        now,
        now + timedelta(days=9),
        (prize,),
        "UTC",
        blank_weight=970,
        free_daily=1_000_000,
    )
    (made,) = define_draws([DrawWanted(new_id(), brand_id, rules)], by=None, now=now)
    publish_draw(made.id, by=None, now=now)
    return made.id


def plays(draw_id: UUID, members: list[str], count: int, *, seed: int) -> list[bytes]:
    """Give plays, each by a random member."""
    from sitong.shared.ids import new_id

    chance = random.Random(seed)
    return [
        load.post("/api/v1/draw-plays", orjson.dumps({"id": new_id(), "draw_id": draw_id}), chance.choice(members))
        for _ in range(count)
    ]


def forget() -> None:
    """Take away what pgbench has written: it writes rows that no rules have decided."""
    from sitong.shared.statements import write

    for table in ("drawplay", "drawplayer", "drawwin"):
        write(f"DELETE FROM marketing_{table}")
    write("UPDATE marketing_drawprize SET won = 0")
    write(
        "UPDATE marketing_drawcount AS c SET played = 0, spent_minor = 0, step = 0, version = 0, closed_at = now() WHERE played > 0"
    )


def check(draw_id: UUID) -> float:
    """Raise unless exactly as many prizes were won as there were; give chi-square's p for the tickets against equal odds."""
    from scipy.stats import chisquare

    from sitong.shared.statements import run as ask

    ((played, numbers, won),) = ask(
        "SELECT count(*), count(DISTINCT number), count(*) FILTER (WHERE how = 'chance') FROM marketing_drawplay WHERE draw_id = %s",
        [draw_id],
    )
    if (played, numbers, won) != (PLAYS, PLAYS, PRIZES):
        raise RuntimeError(f"{played} plays with {numbers} numbers have won {won} of {PRIZES} prizes")
    cells = dict(
        ask(
            f"SELECT ticket / {1_000 // CELLS}, count(*) FROM marketing_drawplay WHERE draw_id = %s GROUP BY 1",
            [draw_id],
        )
    )
    fairness = float(chisquare([cells.get(at, 0) for at in range(CELLS)]).pvalue)
    if fairness < 0.0001:
        raise RuntimeError(f"the tickets are not fair: p = {fairness}")
    return fairness


def verified(draw_id: UUID) -> Figure:
    """End the draw, write its file and play it again."""
    from sitong.marketing.draws.actions import publish_seeds, stop_draw
    from sitong.marketing.draws.queries.records import record_file
    from sitong.marketing.draws.queries.shop import published_draws
    from sitong.marketing.draws.record import verify
    from sitong.shared.clock import now as clock_now
    from sitong.shared.proof.files import proof_read
    from sitong.shared.statements import run as ask

    stop_draw(draw_id, reason="bench", by=None, now=clock_now())
    publish_seeds(now=clock_now())
    ((brand_id,),) = ask("SELECT brand_id FROM marketing_draw WHERE id = %s", [draw_id])
    written = record_file(published_draws(brand_id).get(id=draw_id))
    started = time.perf_counter()
    found = verify(proof_read(written))
    seconds = time.perf_counter() - started
    if found["plays"] != PLAYS:
        raise RuntimeError(f"the record proves {found['plays']} plays")
    return Figure("draw verified", PLAYS / seconds, "plays/s", extras={"file_mb": round(len(written) / 1e6, 1)})


PLAY = (
    "('01a20000-' || lpad(to_hex(:play::int >> 16), 4, '0') || '-7000-8000-' "
    "|| lpad(to_hex(:play::int & 65535), 4, '0') || '0000' || lpad(to_hex(:client_id::int), 4, '0'))::uuid"
)
FACTS = (
    '{"brand_id": "01a204f7-f381-7049-b455-3af68c730000", "draw_id": "00000000-0000-7000-a000-000000000001", "play_id": '
    '"01a204f7-f3d3-7161-a646-92af81ef6561", "member_id": "01a204f7-f3d3-7161-a646-92af81ef6562", "number": 12345, "prize_id": null, "store_id": null}'
)


def script(brand_id: UUID, draws: list[UUID]) -> str:
    """Give one play that wins nothing as a pgbench script: the very statements of the action, with arrays of one play.

    With as many draws as clients each client has its own, so that none waits for another's row.
    """
    from sitong.marketing.draws.actions.play import (
        COUNT_DRAWS,
        EARLIER,
        LOCK_COUNTS,
        PLAYERS,
        PRIZES,
        WRITE_PLAYERS,
        WRITE_PLAYS,
    )
    from sitong.shared.events.actions.outbox import ANNOUNCE

    one, brand, now = f"ARRAY[{PLAY}]", f"ARRAY['{brand_id}'::uuid]", "ARRAY[now()]"
    of = f"ARRAY[('{{{','.join(map(str, draws))}}}'::uuid[])[1 + :client_id % {len(draws)}]]"
    number = "ARRAY[(:play::int * 64 + :client_id::int)]"
    steps = [
        (LOCK_COUNTS, [of]),
        (EARLIER, [one]),
        (PLAYERS, [of, one]),
        (PRIZES, [of]),
        (WRITE_PLAYS, [one, brand, of, number, number, one, one, "'{NULL}'", "'{free}'", "'{1}'", "'{17}'", "'{NULL}'", "'{blank}'", now]),
        (WRITE_PLAYERS, [one, brand, of, one, "'{1}'", "'{0}'", "'{1}'", "ARRAY[current_date]", "'{1}'", "'{0}'", "'{1}'"]),
        (COUNT_DRAWS, [of, number, number, "ARRAY[decode(repeat('ab', 32), 'hex')]", now, "'{0}'"]),
        (ANNOUNCE, ["now()", one, brand, "'{marketing.draw_played}'", f"ARRAY[{_json(FACTS)}]"]),
    ]  # fmt: skip
    head = ["\\set play :play + 1", "BEGIN;"]
    return "\n".join([*head, *(_filled(statement, values) for statement, values in steps), "COMMIT;", ""])
