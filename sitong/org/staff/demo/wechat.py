"""WeChat's sign-in side as a server on loopback: jscode2session, sns/oauth2/access_token, and the page that gives codes.

Like the real one it answers a code once (40163 afterwards), knows it for five minutes only (40029), and refuses another
app's secret (40125), an unknown app (40013), and a code of another app (40029).
"""

from __future__ import annotations

import hashlib
import html
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

CODE_HOLDS_S = 300
PEOPLE = ("店长 · 小红", "店员 · 小明", "店员 · 阿强")
PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>WeChat (demo)</title>
<body><h1>微信 WeChat · demo</h1><p>Who taps? 谁在点？</p>{links}</body>"""


class DemoWechat(ThreadingHTTPServer):
    """One app and as many people as there are names. `codes` maps a code to (app_id, person, given at, used)."""

    daemon_threads = True

    def __init__(self, app_id: str, secret: str, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Request)
        self.app_id, self.secret = app_id, secret
        self._codes: dict[str, tuple[str, str, float]] = {}
        self._used: set[str] = set()
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """The gateway's address for the adapter."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def code_for(self, person: str, *, given_at: float | None = None) -> str:
        """Give a one-time code of a person, as `wx.login` and the authorize page do."""
        code = secrets.token_urlsafe(12)
        with self._lock:
            self._codes[code] = (self.app_id, person, time.monotonic() if given_at is None else given_at)
        return code

    def redeem(self, asked: dict[str, str], name: str) -> dict[str, Any]:
        """Answer a question for a code as WeChat does."""
        if asked.get("appid") != self.app_id:
            return {"errcode": 40013, "errmsg": "invalid appid"}
        if not secrets.compare_digest(asked.get("secret", ""), self.secret):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        if asked.get("grant_type") != "authorization_code":
            return {"errcode": 40002, "errmsg": "invalid grant_type"}
        code = asked.get(name, "")
        if not code:
            return {"errcode": 41008, "errmsg": "missing code"}
        with self._lock:
            if code in self._used:
                return {"errcode": 40163, "errmsg": "code been used"}
            kept = self._codes.get(code)
            if kept is None or time.monotonic() - kept[2] > CODE_HOLDS_S:
                return {"errcode": 40029, "errmsg": "invalid code"}
            self._used.add(code)
        openid = "o" + hashlib.sha256(f"{kept[0]}:{kept[1]}".encode()).hexdigest()[:27]
        unionid = "u" + hashlib.sha256(kept[1].encode()).hexdigest()[:27]
        if name == "js_code":
            return {"openid": openid, "session_key": secrets.token_urlsafe(16), "unionid": unionid}
        return {
            "access_token": secrets.token_urlsafe(24),
            "expires_in": 7200,
            "openid": openid,
            "scope": "snsapi_base",
            "unionid": unionid,
        }


class _Request(BaseHTTPRequestHandler):
    server: DemoWechat

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/sns/jscode2session":
                self._answer(json.dumps(self.server.redeem(asked, "js_code")))
            case "/sns/oauth2/access_token":
                self._answer(json.dumps(self.server.redeem(asked, "code")))
            case "/connect/oauth2/authorize":
                self._authorize(asked)
            case _:
                self._answer("{}", status=404)

    def log_message(self, *_: Any) -> None:
        """Say nothing: whoever asked logs it."""

    def _authorize(self, asked: dict[str, str]) -> None:
        back, person = asked.get("redirect_uri", ""), asked.get("person", "")
        if asked.get("appid") != self.server.app_id or not back.startswith(("http://", "https://")):
            self._answer('{"errcode": 10003, "errmsg": "redirect_uri"}', status=400)
            return
        if person:
            self.send_response(302)
            self.send_header(
                "Location",
                f"{back}?{urlencode({'code': self.server.code_for(person), 'state': asked.get('state', '')})}",
            )
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        links = "".join(
            f'<p><a href="{html.escape(self.path)}&amp;person={quote(name)}">{html.escape(name)}</a></p>'
            for name in PEOPLE
        )
        self._answer(PAGE.format(links=links), kind="text/html; charset=utf-8")

    def _answer(self, body: str, *, status: int = 200, kind: str = "text/plain; charset=utf-8") -> None:
        raw = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
