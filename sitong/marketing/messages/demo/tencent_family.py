"""The demo's WeChat (subscribe messages) and WeCom (mass messages that staff confirm)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sitong.marketing.messages.demo.inbox import Arrived, DemoTemplate, Inbox

THING_MAX = 20
MONTHLY = 4


@dataclass(slots=True)
class DemoWechat:
    """One mini program. `credits` counts what each (openid, template) has allowed; none, and the message is refused."""

    account: str
    secret: str
    inbox: Inbox
    templates: dict[str, DemoTemplate] = field(default_factory=dict)
    credits: dict[tuple[str, str], int] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    token: str = ""
    day_left: int = 100_000
    tokens_given: int = 0

    def answer(self, path: str, asked: dict[str, str], said: dict[str, Any]) -> dict[str, Any]:
        """Answer one request."""
        if path == "/cgi-bin/stable_token":
            if (said.get("appid"), said.get("secret")) != (self.account, self.secret):
                return {"errcode": 40125, "errmsg": "invalid appsecret"}
            self.tokens_given += 1
            self.token = self.token or uuid4().hex
            return {"access_token": self.token, "expires_in": 7200}
        if not self.token or asked.get("access_token") != self.token:
            return {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest"}
        if path == "/wxaapi/newtmpl/gettemplate":
            return {"errcode": 0, "data": [{"priTmplId": one} for one, kind in self.templates.items() if kind.approved]}
        if path == "/cgi-bin/message/subscribe/send":
            return self._send(said)
        return {"errcode": 40066, "errmsg": "invalid url"}

    def _send(self, said: dict[str, Any]) -> dict[str, Any]:
        openid, code, values = str(said.get("touser", "")), str(said.get("template_id", "")), said.get("data") or {}
        template = self.templates.get(code)
        if not openid.startswith("o"):
            return {"errcode": 40003, "errmsg": "invalid openid"}
        if template is None or not template.approved:
            return {"errcode": 40037, "errmsg": "invalid template_id"}
        if self.day_left <= 0:
            return {"errcode": 45009, "errmsg": "reach max api daily quota limit"}
        if set(values) != set(template.fields) or any(not _fits(name, one) for name, one in values.items()):
            return {"errcode": 47003, "errmsg": "argument invalid!"}
        if self.credits.get((openid, code), 0) < 1:
            return {"errcode": 43101, "errmsg": "user refuse to accept the msg"}
        self.credits[openid, code] -= 1
        self.day_left -= 1
        number, at = str(int(self.clock() * 1_000_000)), self.clock()
        text = re.sub(r"\{\{(\w+)\.DATA\}\}", lambda name: values[name[1]]["value"], template.text)
        self.inbox.put(
            Arrived("wechat", openid, self.account, text, at, f"{openid}:{code}", number, str(said.get("page", "")))
        )
        return {"errcode": 0, "errmsg": "ok", "msgid": number}


def _fits(name: str, one: Any) -> bool:
    """Check a field's kind: a thing has up to 20 signs and is not empty, a number is one."""
    value = str(one.get("value", "")) if isinstance(one, dict) else ""
    if not value:
        return False
    if name.startswith("thing"):
        return len(value) <= THING_MAX
    return bool(re.fullmatch(r"\d+(\.\d+)?", value)) if name.startswith("number") else len(value) <= 32


@dataclass(slots=True)
class DemoWecom:
    """One company. Tasks wait until `confirm` plays the staff; a customer takes four in a month."""

    account: str
    secret: str
    inbox: Inbox
    staff: set[str] = field(default_factory=set)
    friends: set[str] = field(default_factory=set)
    clock: Callable[[], float] = time.time
    token: str = ""
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    taken: dict[tuple[str, str], int] = field(default_factory=dict)

    def answer(self, path: str, asked: dict[str, str], said: dict[str, Any]) -> dict[str, Any]:
        """Answer one request."""
        if path == "/cgi-bin/gettoken":
            if (asked.get("corpid"), asked.get("corpsecret")) != (self.account, self.secret):
                return {"errcode": 40001, "errmsg": "invalid credential"}
            self.token = self.token or uuid4().hex
            return {"errcode": 0, "errmsg": "ok", "access_token": self.token, "expires_in": 7200}
        if not self.token or asked.get("access_token") != self.token:
            return {"errcode": 40014, "errmsg": "invalid access_token"}
        match path.removeprefix("/cgi-bin/externalcontact/"):
            case "add_msg_template":
                return self._add(said)
            case "get_groupmsg_list_v2":
                rows = [{"msgid": number, "creator": task["sender"], "create_time": int(task["at"]), "text": task["text"]}
                        for number, task in self.tasks.items() if said["start_time"] <= task["at"] <= said["end_time"]]  # fmt: skip
                return {"errcode": 0, "group_msg_list": rows, "next_cursor": ""}
            case "get_groupmsg_send_result":
                task = self.tasks.get(str(said.get("msgid")))
                if task is None:
                    return {"errcode": 41046, "errmsg": "invalid msgid"}
                rows = [
                    {"external_userid": one, "userid": task["sender"], "status": status}
                    for one, status in task["results"].items()
                ]
                return {"errcode": 0, "send_list": rows, "next_cursor": ""}
        return {"errcode": 40066, "errmsg": "invalid url"}

    def confirm(self) -> int:
        """Let staff confirm all tasks that wait; gives how many customers got something."""
        sent = 0
        for number, task in self.tasks.items():
            for customer, status in task["results"].items():
                if status != 0:
                    continue
                month = time.strftime("%Y-%m", time.gmtime(task["at"]))
                over = self.taken.get((customer, month), 0) >= MONTHLY
                task["results"][customer] = 3 if over else (1 if customer in self.friends else 2)
                if task["results"][customer] == 1:
                    self.taken[customer, month] = self.taken.get((customer, month), 0) + 1
                    link = next((one["link"]["url"] for one in task.get("attachments", ()) if "link" in one), "")
                    self.inbox.put(
                        Arrived(
                            "wecom",
                            customer,
                            task["sender"],
                            task["text"]["content"],
                            self.clock(),
                            number,
                            number,
                            link,
                        )
                    )
                    sent += 1
        return sent

    def _add(self, said: dict[str, Any]) -> dict[str, Any]:
        customers = said.get("external_userid") or []
        if said.get("sender") not in self.staff:
            return {"errcode": 60111, "errmsg": "userid not found"}
        if not customers or len(customers) > 10_000 or not said.get("text", {}).get("content"):
            return {"errcode": 40058, "errmsg": "invalid Request Parameter"}
        month = time.strftime("%Y-%m", time.gmtime(self.clock()))
        failed = [one for one in customers if one not in self.friends or self.taken.get((one, month), 0) >= MONTHLY]
        going = [one for one in customers if one not in failed]
        if not going:
            return {"errcode": 41048, "errmsg": "no customer to send", "fail_list": failed}
        number = f"msg{uuid4().hex[:20]}"
        self.tasks[number] = {**said, "at": self.clock(), "results": dict.fromkeys(going, 0)}
        return {"errcode": 0, "errmsg": "ok", "fail_list": failed, "msgid": number}
