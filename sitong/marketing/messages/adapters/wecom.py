"""WeCom's mass messages to customers (externalcontact/add_msg_template): a task that staff confirm on their phones.

The interface takes no id of ours. A call whose answer was lost is looked for among the tasks of that time
(get_groupmsg_list_v2) by its sender and its very text. What became of it for each customer is asked
(get_groupmsg_send_result); a customer takes four in a calendar month, which is counted before planning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sitong.marketing.messages.adapters.carrier import (
    Answer,
    Answers,
    Call,
    CarrierRefused,
    CarrierUnreachable,
    Item,
)
from sitong.marketing.messages.adapters.http import Tokens, WithToken, ask_json

ADDRESS = "https://qyapi.weixin.qq.com"
LATER = {-1, 45009, 45033, 41048, 40001, 42001, 40014}
RESULTS = {1: "delivered", 2: "failed", 3: "failed"}
"""0: staff have not confirmed. 1: sent to the customer. 2: no friend any more. 3: the customer has had too many."""


class Wecom:
    """One company, its tasks given to one of its staff."""

    together = 500
    settled_s: int | None = 300

    def __init__(self, *, account: str, secret: str, sender: str, tokens: Tokens, gateway: str = "") -> None:
        self._sender = sender
        self._api = _Api(account, secret, gateway or ADDRESS, tokens)

    def alike(self, item: Item) -> object:
        """All customers of a task get the same text."""
        return item.text, item.link

    def send(self, call: Call) -> Answers:
        """Make one task for these customers."""
        told = self._api.call("/cgi-bin/externalcontact/add_msg_template", self._task(call))
        code = int(told.get("errcode", 0))
        if code != 0:
            return dict.fromkeys(
                [one.message_id for one in call.items], Answer("later" if code in LATER else "failed", str(code))
            )
        failed, number = set(told.get("fail_list") or ()), str(told.get("msgid", ""))
        return {
            one.message_id: Answer("failed", "fail_list")
            if one.address in failed
            else Answer("sent", provider_id=number)
            for one in call.items
        }

    def look(self, call: Call) -> Answers:
        """Look for the task by time, sender and text."""
        at = int(call.asked_at.timestamp())
        told = self._api.call("/cgi-bin/externalcontact/get_groupmsg_list_v2", {
            "chat_type": "single", "start_time": at - 60, "end_time": at + 600, "limit": 100, "filter_type": 0,
        })  # fmt: skip
        if told.get("errcode", 0) != 0:
            raise CarrierUnreachable(why=str(told["errcode"]))
        text = call.items[0].text
        rows = [row for row in told.get("group_msg_list", ()) if row.get("text", {}).get("content") == text]
        if not rows:
            return {one.message_id: Answer("absent") for one in call.items}
        if len(rows) > 1:  # the same text twice within minutes: which one is ours nobody can say
            return {one.message_id: Answer("unknown") for one in call.items}
        return {one.message_id: Answer("sent", provider_id=str(rows[0].get("msgid", ""))) for one in call.items}

    def results(self, number: str) -> Mapping[str, tuple[str, str]]:
        """Give what became of a task for each customer: delivered or failed, and why. Who waits for staff is left out."""
        found: dict[str, tuple[str, str]] = {}
        cursor = ""
        while True:
            told = self._api.call("/cgi-bin/externalcontact/get_groupmsg_send_result", {
                "msgid": number, "userid": self._sender, "limit": 500, "cursor": cursor,
            })  # fmt: skip
            if told.get("errcode", 0) != 0:
                raise CarrierUnreachable(why=str(told["errcode"]))
            for row in told.get("send_list", ()):
                if (what := RESULTS.get(int(row.get("status", 0)))) is not None:
                    found[str(row["external_userid"])] = what, "" if what == "delivered" else str(row["status"])
            cursor = str(told.get("next_cursor") or "")
            if not cursor:
                return found

    def check(self) -> None:
        """Fetch a token."""
        self._api.fetch_token()

    def approval(self, code: str) -> tuple[str, str] | None:  # noqa: ARG002
        """Nobody approves texts here."""
        return None

    def _task(self, call: Call) -> dict[str, Any]:
        first = call.items[0]
        said: dict[str, Any] = {
            "chat_type": "single", "external_userid": [one.address for one in call.items], "sender": self._sender,
            "text": {"content": first.text},
        }  # fmt: skip
        if first.link:
            said["attachments"] = [
                {"msgtype": "link", "link": {"title": first.subject or first.text[:30], "url": first.link}}
            ]
        return said


class _Api(WithToken):
    def __init__(self, account: str, secret: str, gateway: str, tokens: Tokens) -> None:
        super().__init__(gateway, tokens)
        self._account, self._secret = account, secret

    def fetch_token(self) -> tuple[str, int]:
        """Ask for the token: while one holds, it is the same."""
        told = ask_json(
            "GET", f"{self._gateway}/cgi-bin/gettoken", params={"corpid": self._account, "corpsecret": self._secret}
        )
        if told.get("errcode", 0) != 0 or "access_token" not in told:
            raise CarrierRefused(provider_code=str(told.get("errcode", "")), why=str(told.get("errmsg", "")))
        return str(told["access_token"]), int(told.get("expires_in", 7200))
