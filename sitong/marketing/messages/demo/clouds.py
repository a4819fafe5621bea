"""The demo's Alibaba Cloud (SMS and voice) and Tencent Cloud (SMS)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sitong.marketing.messages.demo.inbox import Arrived, DemoTemplate, Inbox, Rates
from sitong.marketing.messages.demo.signatures import acs3_fault, tc3_fault

CHINA_S = 8 * 3600
MAINLAND = re.compile(r"1[3-9]\d{9}")


@dataclass(slots=True)
class DemoAliyun:
    """One account with its approved signatures and templates. `seen` is what QuerySendDetails knows, `reports` what it would push."""

    account: str
    secret: str
    inbox: Inbox
    signatures: set[str] = field(default_factory=set)
    templates: dict[str, DemoTemplate] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)
    clock: Callable[[], float] = time.time
    seen: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)

    def answer(
        self, method: str, query: str, headers: Mapping[str, str], body: bytes, asked: Mapping[str, str]
    ) -> tuple[int, Any]:
        """Answer one request."""
        fault = acs3_fault(method, query, headers, body, account=self.account, secret=self.secret, at=time.time())
        if fault:
            return 400, {"Code": fault, "Message": fault, "RequestId": uuid4().hex}
        actions: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {
            "SendBatchSms": self._send_batch, "SendSms": self._send_one, "QuerySendDetails": self._details,
            "QuerySmsTemplate": self._template, "QuerySmsTemplateList": lambda _: _ok(SmsTemplateList=[]),
            "SingleCallByTts": self._call, "QueryCallDetailByCallId": lambda _: {"Code": "isv.CALL_NOT_FOUND", "Message": ""},
        }  # fmt: skip
        act = actions.get(headers.get("x-acs-action", ""))
        if act is None:
            return 404, {"Code": "InvalidAction.NotFound", "Message": "", "RequestId": uuid4().hex}
        return 200, {"RequestId": uuid4().hex, "Message": "OK", **act(asked)}

    def _send_batch(self, asked: Mapping[str, str]) -> dict[str, Any]:
        try:
            numbers, signs = json.loads(asked["PhoneNumberJson"]), json.loads(asked["SignNameJson"])
            values = json.loads(asked["TemplateParamJson"])
        except (KeyError, ValueError):
            return {"Code": "isv.INVALID_JSON_PARAM"}
        if not 1 <= len(numbers) <= 100:
            return {"Code": "isv.MOBILE_COUNT_OVER_LIMIT"}
        if not len(numbers) == len(signs) == len(values):
            return {"Code": "isv.INVALID_PARAMETERS"}
        return self._take(numbers, signs, values, asked)

    def _send_one(self, asked: Mapping[str, str]) -> dict[str, Any]:
        try:
            values = json.loads(asked.get("TemplateParam") or "{}")
        except ValueError:
            return {"Code": "isv.INVALID_JSON_PARAM"}
        return self._take([asked.get("PhoneNumbers", "")], [asked.get("SignName", "")], [values], asked)

    def _take(
        self, numbers: list[str], signs: list[str], values: list[dict[str, str]], asked: Mapping[str, str]
    ) -> dict[str, Any]:
        template, at = self.templates.get(asked.get("TemplateCode", "")), self.clock()
        if any(one not in self.signatures for one in signs):
            return {"Code": "isv.SMS_SIGNATURE_ILLEGAL"}
        if template is None or not template.approved:
            return {"Code": "isv.SMS_TEMPLATE_ILLEGAL"}
        if any(not set(template.fields) <= one.keys() for one in values):
            return {"Code": "isv.TEMPLATE_MISSING_PARAMETERS"}
        if any(not MAINLAND.fullmatch(one) for one in numbers):
            return {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}
        if any(self.rates.over(one, at) for one in numbers):
            return {"Code": "isv.BUSINESS_LIMIT_CONTROL"}
        batch, out = f"{int(at * 1000)}^0", asked.get("OutId", "")
        for number, sign, said in zip(numbers, signs, values, strict=True):
            self.rates.count(number, at)
            text = re.sub(r"\$\{(\w+)\}", lambda name, said=said: str(said.get(name[1], "")), template.text)  # type: ignore[misc]
            self.inbox.put(Arrived("sms", f"+86{number}", sign, text, at, f"{out}:{number}", batch))
            self.seen.append(
                {"PhoneNum": number, "OutId": out, "SendStatus": 3, "ErrCode": "DELIVERED", "On": _day(at)}
            )
            self.reports.append({
                "phone_number": number, "success": True, "err_code": "DELIVERED", "err_msg": "", "out_id": out, "biz_id": batch, "sms_size": "1",
                "send_time": _stamp(at), "report_time": _stamp(at),
            })  # fmt: skip
        return {"Code": "OK", "BizId": batch}

    def _details(self, asked: Mapping[str, str]) -> dict[str, Any]:
        rows = [
            one
            for one in self.seen
            if one["PhoneNum"] == asked.get("PhoneNumber") and one["On"] == asked.get("SendDate")
        ]
        return _ok(TotalCount=len(rows), SmsSendDetailDTOs={"SmsSendDetailDTO": rows[: int(asked.get("PageSize", 10))]})

    def _template(self, asked: Mapping[str, str]) -> dict[str, Any]:
        template = self.templates.get(asked.get("TemplateCode", ""))
        if template is None:
            return {"Code": "isv.SMS_TEMPLATE_ILLEGAL"}
        return _ok(TemplateStatus=1 if template.approved else 0, Reason="")

    def _call(self, asked: Mapping[str, str]) -> dict[str, Any]:
        template, number, at = self.templates.get(asked.get("TtsCode", "")), asked.get("CalledNumber", ""), self.clock()
        if template is None or not template.approved:
            return {"Code": "isv.TTS_TEMPLATE_ILLEGAL"}
        if not MAINLAND.fullmatch(number):
            return {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}
        values = json.loads(asked.get("TtsParam") or "{}")
        if not set(template.fields) <= values.keys():
            return {"Code": "isv.TEMPLATE_MISSING_PARAMETERS"}
        text = re.sub(r"\$\{(\w+)\}", lambda name: str(values.get(name[1], "")), template.text)
        call = f"{int(at * 1000)}^1"
        self.inbox.put(
            Arrived("voice", f"+86{number}", asked.get("CalledShowNumber", ""), text, at, asked.get("OutId", ""), call)
        )
        self.reports.append({"call_id": call, "out_id": asked.get("OutId", ""), "status_code": "200000", "status_msg": "用户接听",
                             "end_time": _stamp(at)})  # fmt: skip
        return {"Code": "OK", "CallId": call}


@dataclass(slots=True)
class DemoTencent:
    """One SMS application with its approved signatures and templates."""

    account: str
    secret: str
    application: str
    inbox: Inbox
    signatures: set[str] = field(default_factory=set)
    templates: dict[str, DemoTemplate] = field(default_factory=dict)
    rates: Rates = field(default_factory=lambda: Rates(((30, 1), (3_600, 5), (86_400, 10))))
    clock: Callable[[], float] = time.time
    reports: list[dict[str, Any]] = field(default_factory=list)
    pulled: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, method: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        """Answer one request; what is wrong stands in the answer, too."""
        fault = tc3_fault(method, headers, body, account=self.account, secret=self.secret, at=time.time())
        said: dict[str, Any] = json.loads(body) if body and not fault else {}
        actions: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "SendSms": self._send, "PullSmsSendStatusByPhoneNumber": self._status, "DescribeSmsTemplateList": self._list,
        }  # fmt: skip
        act = actions.get(headers.get("x-tc-action", ""))
        if not fault and act is None:
            fault = "InvalidAction"
        if fault or act is None:
            return 200, {"Response": {"Error": {"Code": fault, "Message": fault}, "RequestId": uuid4().hex}}
        return 200, {"Response": {"RequestId": uuid4().hex, **act(said)}}

    def _send(self, said: dict[str, Any]) -> dict[str, Any]:
        numbers, template = said.get("PhoneNumberSet", []), self.templates.get(said.get("TemplateId", ""))
        if said.get("SmsSdkAppId") != self.application:
            return _error("UnauthorizedOperation.SdkAppIdIsDisabled")
        if not 1 <= len(numbers) <= 200:
            return _error("LimitExceeded.PhoneNumberCountLimit")
        return {"SendStatusSet": [self._one(one, template, said) for one in numbers]}

    def _one(self, number: str, template: DemoTemplate | None, said: dict[str, Any]) -> dict[str, Any]:
        values, at, context = (
            [str(one) for one in said.get("TemplateParamSet", [])],
            self.clock(),
            said.get("SessionContext", ""),
        )
        code = "Ok"
        if said.get("SignName") not in self.signatures:
            code = "FailedOperation.SignatureIncorrectOrUnapproved"
        elif template is None or not template.approved:
            code = "FailedOperation.TemplateIncorrectOrUnapproved"
        elif len(values) != len(template.fields):
            code = "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        elif not number.startswith("+86") or not MAINLAND.fullmatch(number[3:]):
            code = "InvalidParameterValue.IncorrectPhoneNumber"
        elif over := self.rates.over(number, at):
            code = {
                30: "LimitExceeded.PhoneNumberThirtySecondLimit",
                3_600: "LimitExceeded.PhoneNumberOneHourLimit",
            }.get(over, "LimitExceeded.PhoneNumberDailyLimit")
        serial = f"{said.get('SmsSdkAppId')}:{uuid4().hex[:20]}" if code == "Ok" else ""
        if code == "Ok" and template is not None:
            self.rates.count(number, at)
            text = re.sub(r"\{(\d+)\}", lambda place: values[int(place[1]) - 1], template.text)
            self.inbox.put(Arrived("sms", number, said["SignName"], text, at, f"{context}:{number}", serial))
            self.reports.append({"user_receive_time": _stamp(at), "nationcode": "86", "mobile": number[3:], "report_status": "SUCCESS",
                                 "errmsg": "DELIVRD", "description": "用户短信送达成功", "sid": serial})  # fmt: skip
            self.pulled.append({"UserReceiveTime": int(at), "PhoneNumber": number, "SubscriberNumber": number[3:], "SerialNo": serial,
                                "ReportStatus": "SUCCESS", "Description": "", "SessionContext": context})  # fmt: skip
        return {
            "SerialNo": serial,
            "PhoneNumber": number,
            "Fee": int(code == "Ok"),
            "SessionContext": context,
            "Code": code,
            "Message": code,
        }

    def _status(self, said: dict[str, Any]) -> dict[str, Any]:
        rows = [
            one
            for one in self.pulled
            if one["PhoneNumber"] == said.get("PhoneNumber") and one["UserReceiveTime"] >= said["BeginTime"]
        ]
        return {"PullSmsSendStatusSet": rows[: said.get("Limit", 100)]}

    def _list(self, said: dict[str, Any]) -> dict[str, Any]:
        asked = [str(one) for one in said.get("TemplateIdSet", [])] or list(self.templates)
        rows = [{"TemplateId": int(one), "StatusCode": 0 if self.templates[one].approved else 1, "ReviewReply": ""}
                for one in asked if one in self.templates and one.isdigit()]  # fmt: skip
        return {"DescribeTemplateStatusSet": rows}


def _ok(**more: Any) -> dict[str, Any]:
    return {"Code": "OK", **more}


def _error(code: str) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": code}}


def _day(at: float) -> str:
    return time.strftime("%Y%m%d", time.gmtime(at + CHINA_S))


def _stamp(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at + CHINA_S))
