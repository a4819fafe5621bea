"""The record of a draw: one line for each thing that happened, chained, and a file by which anybody computes it again. Pure.

`sitong draw verify FILE` needs neither a database nor settings, so nothing here does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from sitong.marketing.draws.rules import (
    DrawRules,
    PlayerNow,
    PrizeCount,
    after_play,
    counted,
    day_of,
    decide,
    instant_written,
    on_day,
    released,
    rules_read,
    ticket_message,
)
from sitong.shared.proof.files import KIND, NotProven
from sitong.shared.proof.rules import commitment_of, number_below

FORMAT = "sitong.draw-plays/1"
BEGINNING = bytes(32)
"""The chain before the first line."""


@dataclass(frozen=True, slots=True)
class PlayLine:
    """What the record says of one play. Nobody who does not know the draw's players can tell who it was."""

    step: int
    number: int
    at: datetime
    who: UUID
    way: str
    version: int
    ticket: int
    prize_id: UUID | None
    how: str


def play_written(one: PlayLine) -> str:
    """Write a play as its line."""
    prize = one.prize_id.hex if one.prize_id else "-"
    return f"play {one.step} {one.number} {instant_written(one.at)} {one.who.hex} {one.way} {one.version} {one.ticket} {prize} {one.how}"


def rules_line(step: int, version: int, at: datetime, rules: Mapping[str, Any]) -> str:
    """Write that rules hold from here on; the file holds them whole, the line their SHA-256."""
    return f"rules {step} {version} {instant_written(at)} {rules_digest(rules)}"


def return_line(step: int, at: datetime, prize_id: UUID, win_id: UUID) -> str:
    """Write that a prize is in its pool again."""
    return f"return {step} {instant_written(at)} {prize_id.hex} {win_id.hex}"


def rules_digest(rules: Mapping[str, Any]) -> str:
    """Give the SHA-256 of rules as JSON with sorted keys and no spaces, in hexadecimal."""
    return hashlib.sha256(orjson.dumps(rules, option=orjson.OPT_SORT_KEYS)).hexdigest()


def chained(chain: bytes, line: str) -> bytes:
    """Give the chain after one more line: SHA-256 of the chain before it and the line."""
    return hashlib.sha256(chain + line.encode()).digest()


def record_content(
    *, draw_id: UUID, brand: str, commitment: str, seed: str, versions: Sequence[Mapping[str, Any]], lines: Sequence[str], chain: bytes
) -> dict[str, Any]:  # fmt: skip
    """Give what the file of a draw that is over holds."""
    return {
        KIND: FORMAT, "draw": str(draw_id), "brand": brand, "commitment": commitment, "seed": seed, "versions": list(versions),
        "lines": list(lines), "chain": chain.hex(),
    }  # fmt: skip


def verify(content: Mapping[str, Any]) -> dict[str, Any]:
    """Play the whole draw again from its seed and rules; gives what was found.

    Raises NotProven: unreadable, commitment (the seed is another one), tickets (lines are missing, changed or out of order, or
    a ticket is not the seed's), winners (the rules give another prize).
    """
    try:
        replay = _Replay(UUID(content["draw"]), bytes.fromhex(content["seed"]), list(content["versions"]))
        if commitment_of(replay.seed) != content["commitment"]:
            raise NotProven("commitment")
        for line in content["lines"]:
            replay.take(line)
        chain = bytes.fromhex(content["chain"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise NotProven("unreadable") from None
    if replay.chain != chain or replay.version != len(replay.versions):
        raise NotProven("tickets")
    return {
        "draw": content["draw"], "commitment": content["commitment"], "plays": replay.number, "players": len(replay.players),
        "chain": chain.hex(),
        "prizes": [f"{one.name}: {count.won}" for one in replay.prizes() if (count := replay.counts.get(one.id))],
    }  # fmt: skip


@dataclass
class _Replay:
    """A draw played again, line by line."""

    draw_id: UUID
    seed: bytes
    versions: list[Mapping[str, Any]]
    rules: DrawRules | None = None
    version: int = 0
    number: int = 0
    step: int = 0
    spent_minor: int = 0
    last_at: datetime | None = None
    chain: bytes = BEGINNING
    counts: dict[UUID, PrizeCount] = field(default_factory=dict)
    players: dict[UUID, PlayerNow] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)

    def prizes(self) -> Sequence[Any]:
        return self.rules.prizes if self.rules else ()

    def take(self, line: str) -> None:
        what, step, *rest = line.split(" ")
        self.step += 1
        if int(step) != self.step:
            raise NotProven("tickets")
        {"play": self._play, "rules": self._rules, "return": self._return}[what](line, rest)
        self.chain = chained(self.chain, line)

    def _rules(self, line: str, rest: Sequence[str]) -> None:
        written, at = self.versions[self.version], datetime.fromisoformat(rest[1])
        self.version += 1
        if line != rules_line(self.step, self.version, at, written):
            raise NotProven("tickets")
        self.rules = rules_read(written)
        self._pass_time(at)

    def _return(self, line: str, rest: Sequence[str]) -> None:
        at, prize_id = datetime.fromisoformat(rest[0]), UUID(rest[1])
        before = self.counts.get(prize_id, PrizeCount())
        if rest[2] in self.returned or line != return_line(self.step, at, prize_id, UUID(rest[2])):
            raise NotProven("tickets")
        self.returned.add(rest[2])
        self.counts[prize_id] = PrizeCount(before.won, before.returned + 1)
        if before.returned >= before.won:
            raise NotProven("tickets")
        self._pass_time(at)

    def _play(self, line: str, rest: Sequence[str]) -> None:
        rules = self.rules
        if rules is None:
            raise NotProven("tickets")
        self.number += 1
        at, who = datetime.fromisoformat(rest[1]), UUID(rest[2])
        self._pass_time(at)
        ticket = number_below(self.seed, ticket_message(self.draw_id, self.number), rules.tickets)
        player = on_day(self.players.get(who, PlayerNow(who)), day_of(at, rules.zone))
        drawn = decide(rules, self.counts, self.spent_minor, dry=player.dry, ticket=ticket, at=at)
        prize_id = drawn.prize.id if drawn.prize else None
        if int(rest[5]) != ticket or int(rest[0]) != self.number or not rules.starts_at <= at < rules.ends_at:
            raise NotProven("tickets")
        if line != play_written(
            PlayLine(self.step, self.number, at, who, rest[3], self.version, ticket, prize_id, drawn.how)
        ):
            raise NotProven("winners")
        self.spent_minor += counted(self.counts, drawn)
        self.players[who] = after_play(player, drawn, way=rest[3])
        if _over(rules, drawn.prize, self.counts, self.players[who], at):
            raise NotProven("winners")

    def _pass_time(self, at: datetime) -> None:
        if self.last_at is not None and at < self.last_at:
            raise NotProven("tickets")
        self.last_at = at


def _over(rules: DrawRules, prize: Any, counts: Mapping[UUID, PrizeCount], player: PlayerNow, at: datetime) -> bool:
    """Tell whether a play went beyond what its rules allow: stock, plays and wins in all and in a day, free plays."""
    if prize is not None and (stock := released(prize, at)) is not None:
        count = counts[prize.id]
        if count.won - count.returned > stock:
            return True
    limits = (
        (player.plays, rules.plays_total), (player.plays_today, rules.plays_daily), (player.wins, rules.wins_total),
        (player.wins_today, rules.wins_daily), (player.free_today, rules.free_daily),
    )  # fmt: skip
    return any(limit is not None and number > limit for number, limit in limits)
