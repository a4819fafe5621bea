"""One JSON request to a provider that is spoken to without an SDK, and what its failures mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import requests

from sitong.marketing.messages.adapters.carrier import CarrierNotAsked, CarrierRefused, CarrierUnreachable

TIMEOUT_S = (3, 10)  # to connect, to answer
TOKEN_WRONG = {40001, 40014, 42001}


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where an account's access token is kept for all workers: read, keep for so many seconds, forget."""

    read: Callable[[], str]
    keep: Callable[[str, int], None]
    forget: Callable[[], None]


def ask_json(
    method: str, url: str, *, params: Mapping[str, Any] | None = None, said: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Ask and give the answer's object. Raises CarrierNotAsked when there was no connection, CarrierUnreachable otherwise."""
    data = orjson.dumps(said) if said is not None else None
    headers = {"Content-Type": "application/json"} if data is not None else {}
    try:
        told = requests.request(method, url, params=params, data=data, headers=headers, timeout=TIMEOUT_S)
    except requests.exceptions.ConnectTimeout as lost:
        raise CarrierNotAsked(why=type(lost).__name__) from None
    except requests.exceptions.ConnectionError as lost:
        raise (CarrierNotAsked if "NewConnectionError" in str(lost) else CarrierUnreachable)(
            why=type(lost).__name__
        ) from None
    except requests.RequestException as lost:
        raise CarrierUnreachable(why=type(lost).__name__) from None
    try:
        body = orjson.loads(told.content)
    except orjson.JSONDecodeError:
        raise CarrierUnreachable(why=f"HTTP {told.status_code}") from None
    if not isinstance(body, dict):
        raise CarrierUnreachable(why="no object")
    return body


class WithToken:
    """An account of WeChat's or WeCom's: each call carries an access token, which all workers share."""

    def __init__(self, gateway: str, tokens: Tokens) -> None:
        self._gateway, self._tokens = gateway, tokens

    def fetch_token(self) -> tuple[str, int]:
        """Ask the provider for a token; gives it with its seconds."""
        raise NotImplementedError

    def call(self, path: str, said: Mapping[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """Call with the shared token; one that the provider knows no more is fetched anew, once: nothing was done by it."""
        told: dict[str, Any] = {}
        for _ in range(2):
            token = self._tokens.read()
            if not token:
                token, seconds = self.fetch_token()
                self._tokens.keep(token, seconds)
            method = "POST" if said is not None else "GET"
            told = ask_json(method, f"{self._gateway}{path}", params={"access_token": token, **params}, said=said)
            if told.get("errcode", 0) not in TOKEN_WRONG:
                return told
            self._tokens.forget()
        return told


def refuse_wrong(told: Mapping[str, Any]) -> None:
    """Raise CarrierRefused unless the answer says yes."""
    if told.get("errcode", 0) != 0:
        raise CarrierRefused(provider_code=str(told["errcode"]), why=str(told.get("errmsg", "")))
