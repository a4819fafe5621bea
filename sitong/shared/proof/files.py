"""The files by which a draw is published: one way to write them, so that a single changed byte shows.

A file is a JSON object with a `kind` (what it proves, and the version of its format) and a `digest` over all the rest. Keys are
sorted, each level is indented by one space, texts stand as they are in UTF-8, numbers are integers, and a line feed ends it:
`JSON.stringify(value, null, 1)` of a browser writes the same. What a kind proves is checked by its own verifier.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

DIGEST = "digest"
KIND = "kind"
BYTES_MAX = 64 << 20


class NotProven(Exception):
    """A file does not prove what it says. `why` is a word for the reason: unreadable, changed, kind, or the verifier's own."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def proof_written(content: Mapping[str, Any]) -> bytes:
    """Write a proof with its digest. `content` has a `kind` and holds texts, integers, booleans, lists and objects alone."""
    plain = {name: value for name, value in content.items() if name != DIGEST}
    return _canonical({**plain, DIGEST: proof_digest(plain)})


def proof_read(written: bytes) -> dict[str, Any]:
    """Read a proof. Raises NotProven: unreadable when it is none, changed when it is not byte for byte what `proof_written` gives."""
    if len(written) > BYTES_MAX:
        raise NotProven("unreadable")
    try:
        content = json.loads(written.decode())
    except (ValueError, RecursionError):
        raise NotProven("unreadable") from None
    if not isinstance(content, dict) or not isinstance(content.get(KIND), str):
        raise NotProven("unreadable")
    try:
        if proof_written(content) != written:
            raise NotProven("changed")
    except (ValueError, RecursionError):
        raise NotProven("unreadable") from None
    return content


def proof_digest(content: Mapping[str, Any]) -> str:
    """Give the SHA-256 of a proof as it is written without its digest, in hexadecimal."""
    return hashlib.sha256(_canonical({name: value for name, value in content.items() if name != DIGEST})).hexdigest()


def _canonical(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return f"{text}\n".encode()
