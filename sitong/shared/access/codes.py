"""How a sign-in code reaches a phone. A sender is named by SITONG_CODE_SENDER; the demo's prints the code."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from sitong.shared.errors import Refused


class NoCodeSender(Refused):
    """Nobody has set up how codes are sent."""

    code = "shared.no_code_sender"


class CodeSender(Protocol):
    """What sends a code to a phone. It may take a second; it raises Refused when it cannot."""

    def send(self, *, phone: str, code: str, language: str) -> None: ...


class DemoSender:
    """Prints the code where the platform was started; the demo's sign-in page shows it too. Only while SITONG_DEMO=1."""

    def send(self, *, phone: str, code: str, language: str) -> None:
        if not settings.DEMO:
            raise NoCodeSender()
        print(f"[demo] sign-in code for {phone}: {code} ({language})", file=sys.stderr, flush=True)


class NoSender:
    """Stands in until a sender is set up."""

    def send(self, *, phone: str, code: str, language: str) -> None:  # noqa: ARG002 - the protocol's parameters
        raise NoCodeSender()


def code_sender() -> CodeSender:
    """Give the sender in force: the one that is set, the demo's in the demo, else one that refuses."""
    if settings.CODE_SENDER:
        return _made(settings.CODE_SENDER)
    return DemoSender() if settings.DEMO else NoSender()


@lru_cache(maxsize=4)
def _made(path: str) -> CodeSender:
    sender: CodeSender = import_string(path)()
    return sender
