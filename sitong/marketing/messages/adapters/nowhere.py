"""A carrier that takes everything and tells nobody: for measuring."""

from __future__ import annotations

from sitong.marketing.messages.adapters.carrier import Answer, Answers, Call, Item


class Nowhere:
    """Takes calls of a hundred."""

    together = 100
    settled_s: int | None = None

    def alike(self, item: Item) -> object:  # noqa: ARG002
        """Anything goes together."""
        return None

    def send(self, call: Call) -> Answers:
        """Take it."""
        return dict.fromkeys([one.message_id for one in call.items], Answer("sent"))

    def look(self, call: Call) -> Answers:
        """Say that it was never seen."""
        return {one.message_id: Answer("absent") for one in call.items}

    def check(self) -> None:
        """Always well."""

    def approval(self, code: str) -> tuple[str, str] | None:  # noqa: ARG002
        """Nobody approves texts here."""
        return None
