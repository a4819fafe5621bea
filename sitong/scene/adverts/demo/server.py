"""The demo provider's HTTP server: groups, creatives and daily reports of one advertiser, kept in memory."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLOCK_S = 300
NONCE_SIGNS = 32
FORBIDDEN = set("<>&'\"\\\t\r\n‘’“”")
GROUP_FIELDS = {
    "account_id": int, "adgroup_name": str, "marketing_goal": str, "marketing_carrier_type": str, "begin_date": str, "end_date": str,
    "time_series": str, "bid_amount": int, "daily_budget": int, "targeting": dict,
}  # fmt: skip
CARD_FIELDS = {"account_id": int, "adgroup_id": int, "dynamic_creative_name": str, "creative_components": dict}
LOSES_ANSWER, BREAKS = "loses_answer", "breaks"


class Wrong(Exception):
    """The provider answers no: its code and why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class DemoAds(ThreadingHTTPServer):
    """One advertiser's provider on loopback. `mishaps` are what happens to the next requests, one each: LOSES_ANSWER, BREAKS."""

    daemon_threads = True

    def __init__(
        self, *, account_number: int, access_token: str, port: int = 0, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(("127.0.0.1", port), _Request)
        self.account_number, self.access_token, self.clock = account_number, access_token, clock
        self.groups: dict[int, dict[str, Any]] = {}
        self.cards: dict[int, dict[str, Any]] = {}
        self.mishaps: list[str] = []
        self.asked: list[str] = []
        self.guard = threading.Lock()
        self._nonces: set[str] = set()

    @property
    def address(self) -> str:
        """The gateway's address for the advertiser's adapter."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def admit(self, asked: dict[str, list[str]]) -> None:
        """Check the parameters that each request carries. Raises Wrong."""
        token, nonce = asked.get("access_token", [""])[0], asked.get("nonce", [""])[0]
        stamp = asked.get("timestamp", [""])[0]
        if token != self.access_token:
            raise Wrong(11000, "access_token is invalid")
        if not stamp.isdigit() or abs(int(stamp) - self.clock()) > CLOCK_S:
            raise Wrong(11002, "timestamp is invalid")
        if not nonce or len(nonce) > NONCE_SIGNS or nonce in self._nonces:
            raise Wrong(11003, "nonce is invalid")
        self._nonces.add(nonce)

    def add_group(self, said: dict[str, Any]) -> dict[str, Any]:
        """Make a group."""
        self._check(said, GROUP_FIELDS)
        if len(said["time_series"]) != 336 or said["daily_budget"] < 5_000:
            raise Wrong(18001, "time_series or daily_budget is out of range")
        if date.fromisoformat(said["end_date"]) < date.fromisoformat(said["begin_date"]):
            raise Wrong(18001, "end_date is before begin_date")
        places = said["targeting"].get("geo_location", {}).get("custom_locations", [])
        if not places or any(
            not isinstance(one.get("radius"), int) or not -90 <= one["latitude"] <= 90 for one in places
        ):
            raise Wrong(18001, "custom_locations is invalid")
        if any(one["adgroup_name"] == said["adgroup_name"] for one in self.groups.values()):
            raise Wrong(1800102, "adgroup_name exists")
        number = 20_000_001 + len(self.groups)
        self.groups[number] = said
        return {"adgroup_id": number}

    def add_card(self, said: dict[str, Any]) -> dict[str, Any]:
        """Make a creative of a group."""
        self._check(said, CARD_FIELDS)
        if said["adgroup_id"] not in self.groups:
            raise Wrong(1800200, "adgroup_id does not exist")
        if any(one["dynamic_creative_name"] == said["dynamic_creative_name"] for one in self.cards.values()):
            raise Wrong(1800102, "dynamic_creative_name exists")
        number = 50_000_001 + len(self.cards)
        self.cards[number] = said
        return {"dynamic_creative_id": number}

    def listed(self, rows: dict[int, dict[str, Any]], number: str, asked: dict[str, list[str]]) -> dict[str, Any]:
        """Give the rows that the filter names."""
        (one,) = json.loads(asked["filtering"][0])
        found = [{**row, number: key} for key, row in rows.items() if row.get(one["field"]) in one["values"]]
        return {"list": found, "page_info": {"page": 1, "page_size": 10, "total_number": len(found), "total_page": 1}}

    def report(self, asked: dict[str, list[str]]) -> dict[str, Any]:
        """Give figures for each day on which a group ran: the same ones whenever it is asked."""
        period, page = json.loads(asked["date_range"][0]), int(asked["page"][0])
        size = int(asked["page_size"][0])
        first, last = date.fromisoformat(period["start_date"]), date.fromisoformat(period["end_date"])
        wanted = {int(one) for filtered in json.loads(asked["filtering"][0]) for one in filtered["values"]}
        rows = []
        for number in sorted(wanted & set(self.groups)):
            group = self.groups[number]
            on = max(first, date.fromisoformat(group["begin_date"]))
            while on <= min(last, date.fromisoformat(group["end_date"])):
                shown = 900 + (number * 31 + on.toordinal() * 17) % 400
                clicked = shown // 25
                rows.append({"date": on.isoformat(), "adgroup_id": number, "view_count": shown, "valid_click_count": clicked,
                             "cost": min(clicked * 90, group["daily_budget"])})  # fmt: skip
                on += timedelta(days=1)
        pages = max(1, -(-len(rows) // size))
        return {"list": rows[(page - 1) * size : page * size],
                "page_info": {"page": page, "page_size": size, "total_number": len(rows), "total_page": pages}}  # fmt: skip

    def _check(self, said: dict[str, Any], fields: dict[str, type]) -> None:
        for field, kind in fields.items():
            if type(said.get(field)) is not kind:
                raise Wrong(18001, f"{field} is missing or of a wrong type")
        if said["account_id"] != self.account_number:
            raise Wrong(11004, "account_id is not yours")
        _check_signs(said)


def _check_signs(said: Any) -> None:
    if isinstance(said, dict):
        for key, one in said.items():
            if not key.endswith("_url"):
                _check_signs(one)
    elif isinstance(said, list):
        for one in said:
            _check_signs(one)
    elif isinstance(said, str) and FORBIDDEN & set(said):
        raise Wrong(18002, "a parameter has signs that are not allowed")


class _Request(BaseHTTPRequestHandler):
    server: DemoAds
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, *_: Any) -> None:
        """Say nothing: the advertiser's own log tells what was asked."""

    def _serve(self, method: str) -> None:
        at = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.guard:
            mishap = self.server.mishaps.pop(0) if self.server.mishaps else ""
            self.server.asked.append(at.path.removeprefix("/v3.0/"))
            if mishap == BREAKS:
                self._answer(502, b"bad gateway")
                return
            try:
                told = {
                    "code": 0,
                    "message": "",
                    "message_cn": "",
                    "data": self._data(method, at.path, parse_qs(at.query), body),
                }
            except Wrong as wrong:
                told = {"code": wrong.code, "message": wrong.message, "message_cn": wrong.message}
            except (KeyError, ValueError, TypeError, IndexError) as wrong:
                told = {"code": 18001, "message": str(wrong), "message_cn": str(wrong)}
        if mishap == LOSES_ANSWER:
            self.close_connection = True
            return
        self._answer(200, json.dumps(told).encode())

    def _data(self, method: str, path: str, asked: dict[str, list[str]], body: bytes) -> dict[str, Any]:
        self.server.admit(asked)
        if method == "POST" and self.headers.get("Content-Type") != "application/json":
            raise Wrong(11005, "Content-Type is not application/json")
        if method == "GET" and asked.get("account_id") != [str(self.server.account_number)]:
            raise Wrong(11004, "account_id is not yours")
        match method, path.removeprefix("/v3.0/"):
            case "POST", "adgroups/add":
                return self.server.add_group(json.loads(body))
            case "POST", "dynamic_creatives/add":
                return self.server.add_card(json.loads(body))
            case "GET", "adgroups/get":
                return self.server.listed(self.server.groups, "adgroup_id", asked)
            case "GET", "dynamic_creatives/get":
                return self.server.listed(self.server.cards, "dynamic_creative_id", asked)
            case "GET", "daily_reports/get":
                return self.server.report(asked)
        raise Wrong(11006, "no such interface")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
