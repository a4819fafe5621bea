"""Alibaba Cloud's short messages (Dysmsapi 2017-05-25) and voice notices (Dyvmsapi 2017-05-25), signed ACS3-HMAC-SHA256 by its SDK.

SendBatchSms takes 100 numbers, each with its own signature and parameters, of one template, and echoes OutId: in the report
that it pushes, and in QuerySendDetails, by which a call whose answer was lost is found again. SingleCallByTts echoes OutId in
its report only.
"""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions
from Tea.exceptions import TeaException

from sitong.marketing.messages.adapters.carrier import (
    Answer,
    Answers,
    Call,
    CarrierNotAsked,
    CarrierRefused,
    CarrierUnreachable,
    Item,
)

SMS, VOICE = "dysmsapi.aliyuncs.com", "dyvmsapi.aliyuncs.com"
VERSION = "2017-05-25"
TIMEOUT_MS = (3_000, 10_000)
CHINA = timezone(timedelta(hours=8))
LATER = (
    "isv.OUT_OF_SERVICE", "isp.SYSTEM_ERROR", "isp.RAM_PERMISSION_DENY", "isv.AMOUNT_NOT_ENOUGH", "isv.ACCOUNT", "Throttling",
    "ServiceUnavailable", "Signature", "InvalidAccessKey", "Forbidden", "InvalidTimeStamp",
)  # fmt: skip
"""Busy, no money, or the account is wrong: nothing is the matter with the message."""

BY_NUMBER = {
    "isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT",
}  # fmt: skip
"""Refusals for one number's sake: in a batch they hit its neighbors, so each is sent by itself."""

APPROVALS = {0: "waiting", 1: "approved", 2: "refused", 10: "refused"}


class Aliyun:
    """What both interfaces share: one signed call, and what its failures mean."""

    host = SMS

    def __init__(self, *, account: str, secret: str, gateway: str = "") -> None:
        at = urlsplit(gateway) if gateway else None
        self._protocol = at.scheme if at else "https"
        endpoint = at.netloc if at else self.host
        config = Config(access_key_id=account, access_key_secret=secret, endpoint=endpoint, protocol=self._protocol)
        self._client = Client(config)

    def ask(self, action: str, said: dict[str, Any]) -> dict[str, Any]:
        """Make one call; gives the provider's answer, whatever its Code."""
        params = Params(action=action, version=VERSION, protocol=self._protocol.upper(), method="POST", auth_type="AK", style="RPC",
                        pathname="/", req_body_type="formData", body_type="json")  # fmt: skip
        runtime = RuntimeOptions(connect_timeout=TIMEOUT_MS[0], read_timeout=TIMEOUT_MS[1], autoretry=False)
        try:
            answer = self._client.call_api(params, OpenApiRequest(query={k: str(v) for k, v in said.items()}), runtime)
        except (ClientException, ServerException) as told:
            code = str(told.code or "")
            if isinstance(told, ServerException) and not code.startswith(("Throttling", "ServiceUnavailable")):
                raise CarrierUnreachable(why=code) from None
            return {"Code": code, "Message": str(told.message or "")}
        except (TeaException, OSError) as lost:
            raise (CarrierNotAsked if _never_connected(lost) else CarrierUnreachable)(why=type(lost).__name__) from None
        body = answer.get("body")
        if not isinstance(body, dict) or "Code" not in body:
            raise CarrierUnreachable(why="no code")
        return body


def _never_connected(lost: BaseException) -> bool:
    """The SDK keeps the cause in its words only."""
    return any(sign in str(lost) for sign in ("NewConnectionError", "ConnectTimeout"))


class AliyunSms(Aliyun):
    """Short messages."""

    host = SMS
    together = 100
    settled_s: int | None = 600

    def alike(self, item: Item) -> object:  # noqa: ARG002 - each number has its own parameters
        """Anything of one template goes together."""
        return None

    def send(self, call: Call) -> Answers:
        """Hand a batch over. One answer holds for all of it."""
        told = self.ask("SendBatchSms", {
            "PhoneNumberJson": _json([_number(one.address) for one in call.items]),
            "SignNameJson": _json([call.signature] * len(call.items)),
            "TemplateCode": call.code,
            "TemplateParamJson": _json([dict(one.values) for one in call.items]),
            "OutId": call.id.hex,
        })  # fmt: skip
        return dict.fromkeys([one.message_id for one in call.items], _answered(told, len(call.items)))

    def look(self, call: Call) -> Answers:
        """Look for each number of the call by its OutId."""
        found: dict[Any, Answer] = {}
        on = call.asked_at.astimezone(CHINA).strftime("%Y%m%d")
        for one in call.items:
            asked = {"PhoneNumber": _number(one.address), "SendDate": on, "PageSize": 50, "CurrentPage": 1}
            told = self.ask("QuerySendDetails", asked)
            if told["Code"] != "OK":
                raise CarrierUnreachable(why=told["Code"])
            rows = told.get("SmsSendDetailDTOs", {}).get("SmsSendDetailDTO", [])
            row = next((row for row in rows if row.get("OutId") == call.id.hex), None)
            found[one.message_id] = _seen(row) if row else Answer("absent")
        return found

    def check(self) -> None:
        """Ask for the templates of the account."""
        told = self.ask("QuerySmsTemplateList", {"PageIndex": 1, "PageSize": 1})
        if told["Code"] != "OK":
            raise CarrierRefused(provider_code=told["Code"], why=told.get("Message", ""))

    def approval(self, code: str) -> tuple[str, str] | None:
        """Ask how far a template's review is."""
        told = self.ask("QuerySmsTemplate", {"TemplateCode": code})
        if told["Code"] != "OK":
            raise CarrierRefused(provider_code=told["Code"], why=told.get("Message", ""))
        return APPROVALS.get(int(told.get("TemplateStatus", 0)), "waiting"), str(told.get("Reason") or "")


class AliyunVoice(Aliyun):
    """Voice notices: a text that is read out to one number."""

    host = VOICE
    together = 1
    settled_s: int | None = None

    def __init__(self, *, account: str, secret: str, sender: str, gateway: str = "") -> None:
        super().__init__(account=account, secret=secret, gateway=gateway)
        self._sender = sender

    def alike(self, item: Item) -> object:
        """Each call is one number's."""
        return item.message_id

    def send(self, call: Call) -> Answers:
        """Let one number be called."""
        (one,) = call.items
        told = self.ask("SingleCallByTts", {
            "CalledShowNumber": self._sender, "CalledNumber": _number(one.address), "TtsCode": call.code,
            "TtsParam": _json(dict(one.values)), "OutId": call.id.hex, "PlayTimes": 2,
        })  # fmt: skip
        return {one.message_id: _answered(told, 1)}

    def look(self, call: Call) -> Answers:
        """The interface knows calls by its own number only: what was not answered is not known."""
        return {one.message_id: Answer("unknown") for one in call.items}

    def check(self) -> None:
        """Ask for a call that there is not: the account is right when it says so and nothing else."""
        told = self.ask("QueryCallDetailByCallId", {"CallId": "0", "ProdId": "11000000300006", "QueryDate": 0})
        if told["Code"].startswith(("Invalid", "Signature", "Forbidden")):
            raise CarrierRefused(provider_code=told["Code"], why=told.get("Message", ""))

    def approval(self, code: str) -> tuple[str, str] | None:  # noqa: ARG002
        """Its review is seen in the provider's own pages."""
        return None


def _answered(told: dict[str, Any], count: int) -> Answer:
    code = str(told["Code"])
    if code == "OK":
        return Answer("sent", provider_id=str(told.get("BizId") or told.get("CallId") or ""))
    if code in BY_NUMBER and count > 1:
        return Answer("alone", code)
    return Answer("later" if code.startswith(LATER) else "failed", code)


def _seen(row: dict[str, Any]) -> Answer:
    status, code = int(row.get("SendStatus", 1)), str(row.get("ErrCode") or "")
    return Answer("failed", code) if status == 2 else Answer("delivered" if status == 3 else "sent")


def _number(phone: str) -> str:
    """Give a mainland number without its country, any other with it and without the plus, as the interface wants them."""
    return phone.removeprefix("+86").removeprefix("+")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
