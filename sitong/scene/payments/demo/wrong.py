"""The demo provider's no."""

from __future__ import annotations


class Wrong(Exception):
    """The provider's no: HTTP status, its code, its words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
