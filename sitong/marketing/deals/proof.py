"""The file of one day of a two-step draw: everything from which its winners are computed again. Pure, and needs no database.

The winners are `chosen(seed, message, tickets, how many)` of `sitong.shared.proof.rules`. `seed` is the day's seed, whose
commitment was published with the deal; `message` binds all that the file says beside the seed and the winners, the list of
tickets claimed in stores among it: that list is the day's public randomness, and no one knows it before closing time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sitong.shared.proof.files import NotProven, proof_written
from sitong.shared.proof.rules import SEED_BYTES, chosen, commitment_of, digest_of

KIND = "sitong.two-step-draw/1"
FOUND = frozenset({"seed", "commitment", "tickets_digest", "winners"})
"""What follows from the seed and the list, or is the seed."""


def day_written(terms: Mapping[str, Any], *, seed: bytes, tickets: Sequence[str], winners_max: int) -> bytes:
    """Draw a day's winners and write its file. `terms` are the deal's published facts; tickets stand in the order of claims."""
    content = {
        **terms, "kind": KIND, "winners_max": winners_max, "seed": seed.hex(), "commitment": commitment_of(seed),
        "tickets": list(tickets), "tickets_digest": digest_of(tickets),
    }  # fmt: skip
    return proof_written({**content, "winners": chosen(seed, message_of(content), tickets, winners_max)})


def verify(content: Mapping[str, Any]) -> dict[str, Any]:
    """Compute the winners again. Raises NotProven: kind, commitment, tickets, winners. Gives what people want to compare."""
    if content.get("kind") != KIND:
        raise NotProven("kind")
    seed, tickets, winners_max = _seed(content), content.get("tickets"), content.get("winners_max")
    if commitment_of(seed) != content.get("commitment"):
        raise NotProven("commitment")
    if not isinstance(tickets, list) or not all(isinstance(one, str) and one for one in tickets):
        raise NotProven("tickets")
    if len(set(tickets)) != len(tickets) or digest_of(tickets) != content.get("tickets_digest"):
        raise NotProven("tickets")
    if type(winners_max) is not int or winners_max < 0:
        raise NotProven("winners")
    winners = chosen(seed, message_of(content), tickets, winners_max)
    if winners != content.get("winners"):
        raise NotProven("winners")
    return {"day": content.get("day"), "tickets": len(tickets), "winners": winners, "commitment": content["commitment"]}


def message_of(content: Mapping[str, Any]) -> bytes:
    """Give what the draw is computed over: the SHA-256 of the file without seed, commitment, winners and digest, keys sorted."""
    said = {name: value for name, value in content.items() if name not in FOUND and name != "digest"}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1).encode()).digest()


def _seed(content: Mapping[str, Any]) -> bytes:
    said = content.get("seed")
    try:
        seed = bytes.fromhex(said) if isinstance(said, str) else b""
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise NotProven("commitment")
    return seed
