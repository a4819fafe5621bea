"""Refusals: what the platform says no to, as values with a stable code. Anything else that is raised is a bug."""

from __future__ import annotations

from typing import Any, ClassVar


class Refused(Exception):
    """A request that is understood but may not be done now. `facts` fill the message and go to the caller.

    Subclasses stand beside the action that raises them and set `code`, "<word>.<reason>". Each code has a sentence in
    both languages in `sitong/<word>/refusals.py`; a test holds that.
    """

    code: ClassVar[str] = "shared.refused"

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refused) and self.code == other.code and self.facts == other.facts

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted((key, str(value)) for key, value in self.facts.items()))))


class NotAllowed(Refused):
    """The account may not do this here. An API answers 403."""

    code = "shared.not_allowed"


class NotSignedIn(Refused):
    """Nobody is known to ask: no session and no token, or one that is forged or has run out. An API answers 401."""

    code = "shared.not_signed_in"


class TooMany(Refused):
    """Somebody asks too often; try again after `retry_after_s` seconds. An API answers 429 with Retry-After."""

    code = "shared.too_many"


class NotFound(Refused):
    """No such thing, or none that this account may see; the two are not told apart. An API answers 404."""

    code = "shared.not_found"


class RepeatDiffers(Refused):
    """The same id came before with other content."""

    code = "shared.repeat_differs"


class Busy(Refused):
    """The platform has more to do than it can take now; try again after `retry_after_s` seconds. An API answers 503."""

    code = "shared.busy"


SENTENCES: dict[str, Any] = {}
"""Refusal code → sentence (lazily translated, with {facts}); each word registers its own in `refusals.py`."""


def sentence(refused: Refused) -> str:
    """Give the refusal's sentence in the active language, filled with its facts."""
    text = str(SENTENCES.get(refused.code, refused.code))
    try:
        return text.format(**refused.facts)
    except (KeyError, IndexError):
        return text
