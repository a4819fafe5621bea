"""All demo carriers behind one HTTP address, and the inbox as a page: `python -m sitong.marketing.messages.demo`."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sitong.marketing.messages.demo.clouds import DemoAliyun, DemoTencent
from sitong.marketing.messages.demo.inbox import Inbox
from sitong.marketing.messages.demo.tencent_family import DemoWechat, DemoWecom

LOSES_ANSWER, BREAKS, WAITS = "loses_answer", "breaks", "waits"


class DemoCarriers(ThreadingHTTPServer):
    """Alibaba Cloud, Tencent Cloud, WeChat and WeCom on loopback. `mishaps` happen to the next requests, one each.

    loses_answer: it is done, and the connection ends. breaks: 502, nothing is done. waits: it is done, and the answer comes
    only when `gate` is set.
    """

    daemon_threads = True
    ACCOUNTS = {
        "sms": ("LTAI-test", "a secret"), "tencent": ("AKID-test", "a secret"), "wechat": ("wx0123456789abcdef", "an app secret"),
        "wecom": ("ww0123456789abcdef", "a corp secret"),
    }  # fmt: skip

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        super().__init__(("127.0.0.1", port), _Request)
        self.inbox, self.mishaps, self.asked = Inbox(), list[str](), list[str]()
        self.guard, self.gate = threading.Lock(), threading.Event()
        self.aliyun = DemoAliyun(*self.ACCOUNTS["sms"], self.inbox, clock=clock)
        self.tencent = DemoTencent(*self.ACCOUNTS["tencent"], "1400000000", self.inbox, clock=clock)
        self.wechat = DemoWechat(*self.ACCOUNTS["wechat"], self.inbox, clock=clock)
        self.wecom = DemoWecom(*self.ACCOUNTS["wecom"], self.inbox, clock=clock)

    @property
    def address(self) -> str:
        """The gateway for all accounts."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Request(BaseHTTPRequestHandler):
    server: DemoCarriers
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, *_: Any) -> None:
        """Say nothing: the platform's own log tells what was asked."""

    def _serve(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        at = urlsplit(self.path)
        if method == "GET" and at.path in ("/", "/inbox"):
            self._answer(200, self.server.inbox.page(), "text/html; charset=utf-8")
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.guard:
            action = headers.get("x-acs-action") or headers.get("x-tc-action") or at.path
            self.server.asked.append(action)
            mishap = self.server.mishaps.pop(0) if self.server.mishaps else ""
            if mishap == BREAKS:
                self._answer(502, b"bad gateway", "text/plain")
                return
            status, told = self._told(method, at.path, at.query, headers, body)
        if mishap == LOSES_ANSWER:
            self.close_connection = True
            self.connection.close()
            return
        if mishap == WAITS:
            self.server.gate.wait(30)
        self._answer(status, json.dumps(told, ensure_ascii=False).encode(), "application/json")

    def _told(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        asked = dict(parse_qsl(query, keep_blank_values=True))
        if "x-acs-action" in headers:
            return self.server.aliyun.answer(method, query, headers, body, asked)
        if "x-tc-action" in headers:
            return self.server.tencent.answer(method, headers, body)
        try:
            said = json.loads(body) if body else {}
        except ValueError:
            return 200, {"errcode": 47001, "errmsg": "data format error"}
        if path == "/cgi-bin/gettoken" or path.startswith("/cgi-bin/externalcontact/"):
            return 200, self.server.wecom.answer(path, asked, said)
        return 200, self.server.wechat.answer(path, asked, said)

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True
