"""WeChat's subscribe messages (cgi-bin/message/subscribe/send): one consent of the member, one message.

The interface takes no id of ours and cannot be asked what became of a call: an answer that is lost leaves the message unknown,
until the event subscribe_msg_sent_event tells of it or a person decides.
"""

from __future__ import annotations

from sitong.marketing.messages.adapters.carrier import Answer, Answers, Call, CarrierRefused, Item
from sitong.marketing.messages.adapters.http import Tokens, WithToken, ask_json, refuse_wrong

ADDRESS = "https://api.weixin.qq.com"
REFUSED_BY_MEMBER = "43101"
LATER = {-1, 45009, 45011, 48001, 40001, 42001, 40014}
"""Busy, the day's or the minute's quota, and a token that is wrong twice: nothing was sent, so it is tried again."""


class WechatSubscribe:
    """One mini program or service account."""

    together = 1
    settled_s: int | None = None

    def __init__(self, *, account: str, secret: str, tokens: Tokens, gateway: str = "", state: str = "formal") -> None:
        self._account, self._secret, self._state = account, secret, state
        self._api = _Api(account, secret, gateway or ADDRESS, tokens)

    def alike(self, item: Item) -> object:
        """Each call is one member's."""
        return item.message_id

    def send(self, call: Call) -> Answers:
        """Send one subscribe message."""
        (one,) = call.items
        told = self._api.call("/cgi-bin/message/subscribe/send", {
            "touser": one.address, "template_id": call.code, "page": one.link.lstrip("/"), "miniprogram_state": self._state,
            "lang": "zh_CN", "data": {name: {"value": value} for name, value in one.values},
        })  # fmt: skip
        code = int(told.get("errcode", 0))
        if code == 0:
            return {one.message_id: Answer("sent", provider_id=str(told.get("msgid") or ""))}
        return {one.message_id: Answer("later" if code in LATER else "failed", str(code))}

    def look(self, call: Call) -> Answers:
        """Nobody can be asked."""
        return {one.message_id: Answer("unknown") for one in call.items}

    def check(self) -> None:
        """Fetch a token."""
        self._api.fetch_token()

    def approval(self, code: str) -> tuple[str, str] | None:
        """A template that is in the account's list may be used."""
        told = self._api.call("/wxaapi/newtmpl/gettemplate")
        refuse_wrong(told)
        there = any(row.get("priTmplId") == code for row in told.get("data", ()))
        return ("approved", "") if there else ("refused", "")


class _Api(WithToken):
    def __init__(self, account: str, secret: str, gateway: str, tokens: Tokens) -> None:
        super().__init__(gateway, tokens)
        self._account, self._secret = account, secret

    def fetch_token(self) -> tuple[str, int]:
        """Ask for the stable token: asked twice, it is the same, so workers do not end each other's."""
        told = ask_json("POST", f"{self._gateway}/cgi-bin/stable_token", said={
            "grant_type": "client_credential", "appid": self._account, "secret": self._secret,
        })  # fmt: skip
        if "access_token" not in told:
            raise CarrierRefused(provider_code=str(told.get("errcode", "")), why=str(told.get("errmsg", "")))
        return str(told["access_token"]), int(told.get("expires_in", 7200))
