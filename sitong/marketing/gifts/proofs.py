"""The proof that a store has handed something over: a link in the store's chain, signed by the platform.

`digest` = SHA-256 of the digest before it and of everything that the row says; `signature` = HMAC-SHA256 of the digest under
a key of the platform. Changing, leaving out or putting in one row breaks every later link of the same store.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from django.conf import settings


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is proven: which gift (by its code) was handed over where, when, by whom, and what each level claims for it."""

    redemption_id: UUID
    position: int
    code: str
    turn: int
    gift_id: UUID
    store_id: UUID
    dealers: tuple[UUID, ...]
    levels_minor: tuple[int, ...]
    way: str
    by: UUID | None
    at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """A link: what it follows, what it is taken of, and the signature."""

    previous: bytes
    digest: bytes
    signature: bytes


def prove(evidence: Evidence, previous: bytes) -> Proof:
    """Make the proof of a redemption that follows a store's last one (`previous`, empty for its first)."""
    digest = hashlib.sha256(previous + _said(evidence)).digest()
    return Proof(previous, digest, _signed(digest))


def proof_holds(evidence: Evidence, proof: Proof) -> bool:
    """Tell whether a proof is the platform's and says exactly this."""
    digest = hashlib.sha256(proof.previous + _said(evidence)).digest()
    return hmac.compare_digest(digest, proof.digest) and hmac.compare_digest(_signed(digest), proof.signature)


def chain_breaks(links: Sequence[tuple[int, Proof]]) -> int | None:
    """Give the position of the first link of a store (in order) that does not follow the one before; None when all do."""
    previous = b""
    for expected, (position, proof) in enumerate(links, start=1):
        if position != expected or proof.previous != previous:
            return position
        previous = proof.digest
    return None


def _signed(digest: bytes) -> bytes:
    return hmac.new(settings.KEYS.derive("gift proofs"), digest, hashlib.sha256).digest()


def _said(evidence: Evidence) -> bytes:
    return orjson.dumps([
        evidence.redemption_id, evidence.position, evidence.code, evidence.turn, evidence.gift_id, evidence.store_id,
        list(evidence.dealers), list(evidence.levels_minor), evidence.way, evidence.by,
        evidence.at.timestamp(), evidence.received_at.timestamp(),
    ])  # fmt: skip
