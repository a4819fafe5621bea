"""Tencent Cloud's short messages (sms 2021-01-11), signed TC3-HMAC-SHA256 by its SDK.

SendSms takes 200 numbers of one template with the same parameters, answers for each number, and echoes SessionContext; what
it says of a number later (PullSmsSendStatusByPhoneNumber) echoes it too, once there is a report.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from sitong.marketing.messages.adapters.carrier import (
    Answer,
    Answers,
    Call,
    CarrierNotAsked,
    CarrierRefused,
    CarrierUnreachable,
    Item,
)

REGION = "ap-guangzhou"
TIMEOUT_S = 10
LATER = (
    "AuthFailure",
    "LimitExceeded.",
    "RequestLimitExceeded",
    "InternalError",
    "FailedOperation.InsufficientBalanceInSmsPackage",
)
BY_NUMBER = ("LimitExceeded.PhoneNumber",)
LOST = {"ClientNetworkError", "ServerNetworkError"}
UNSEEN_S = 3_600
"""A report may come an hour late; until then "not there" says nothing, and after it still does not say that it was not taken."""


class TencentSms:
    """One SMS application."""

    together = 200
    settled_s: int | None = UNSEEN_S

    def __init__(self, *, account: str, secret: str, application: str, gateway: str = "") -> None:
        at = urlsplit(gateway) if gateway else None
        http = HttpProfile(
            protocol=at.scheme if at else "https", endpoint=at.netloc if at else None, reqTimeout=TIMEOUT_S
        )
        self._client = CommonClient(
            "sms", "2021-01-11", Credential(account, secret), REGION, ClientProfile(httpProfile=http)
        )
        self._application = application

    def alike(self, item: Item) -> object:
        """All numbers of a call get the same parameters."""
        return item.values

    def send(self, call: Call) -> Answers:
        """Hand a batch over; each number has its own answer."""
        told = self._ask("SendSms", {
            "PhoneNumberSet": [one.address for one in call.items], "SmsSdkAppId": self._application, "TemplateId": call.code,
            "SignName": call.signature, "TemplateParamSet": [value for _, value in call.items[0].values], "SessionContext": call.id.hex,
        })  # fmt: skip
        if "Error" in told:
            answer = _refused(str(told["Error"].get("Code", "")))
            return dict.fromkeys([one.message_id for one in call.items], answer)
        by_number = {row.get("PhoneNumber"): row for row in told.get("SendStatusSet", ())}
        found: dict[Any, Answer] = {}
        for one in call.items:
            row = by_number.get(one.address)
            if row is None:
                continue
            code = str(row.get("Code", ""))
            found[one.message_id] = (
                Answer("sent", provider_id=str(row.get("SerialNo", ""))) if code == "Ok" else _refused(code)
            )
        return found

    def look(self, call: Call) -> Answers:
        """Ask each number for its reports. One without a report may have been taken all the same: it is not known."""
        found: dict[Any, Answer] = {}
        for one in call.items:
            told = self._ask("PullSmsSendStatusByPhoneNumber", {
                "BeginTime": int(call.asked_at.timestamp()) - 60, "Offset": 0, "Limit": 100, "PhoneNumber": one.address,
                "SmsSdkAppId": self._application,
            })  # fmt: skip
            if "Error" in told:
                raise CarrierUnreachable(why=str(told["Error"].get("Code", "")))
            row = next(
                (row for row in told.get("PullSmsSendStatusSet", ()) if row.get("SessionContext") == call.id.hex), None
            )
            if row is not None:
                arrived = row.get("ReportStatus") == "SUCCESS"
                found[one.message_id] = Answer(
                    "delivered" if arrived else "failed", "" if arrived else str(row.get("Description", "")),
                    str(row.get("SerialNo", "")),
                )  # fmt: skip
        return found

    def check(self) -> None:
        """Ask for the packages of the account."""
        told = self._ask("DescribeSmsTemplateList", {"International": 0, "Limit": 1, "Offset": 0})
        if "Error" in told:
            raise CarrierRefused(provider_code=told["Error"].get("Code", ""), why=told["Error"].get("Message", ""))

    def approval(self, code: str) -> tuple[str, str] | None:
        """Ask how far a template's review is."""
        told = self._ask(
            "DescribeSmsTemplateList", {"TemplateIdSet": [int(code)] if code.isdigit() else [], "International": 0}
        )
        if "Error" in told:
            raise CarrierRefused(provider_code=told["Error"].get("Code", ""), why=told["Error"].get("Message", ""))
        row = next(iter(told.get("DescribeTemplateStatusSet", ())), None)
        if row is None:
            return "refused", ""
        return {0: "approved", 1: "waiting"}.get(int(row.get("StatusCode", 1)), "refused"), str(
            row.get("ReviewReply") or ""
        )

    def _ask(self, action: str, said: dict[str, Any]) -> dict[str, Any]:
        try:
            told = self._client.call_json(action, said)
        except TencentCloudSDKException as failed:
            if failed.code in LOST:
                never = "NewConnectionError" in str(failed) or "ConnectTimeout" in str(failed)
                raise (CarrierNotAsked if never else CarrierUnreachable)(why=str(failed.code)) from None
            return {"Error": {"Code": failed.code, "Message": failed.message}}
        answer = told.get("Response") if isinstance(told, dict) else None
        if not isinstance(answer, dict):
            raise CarrierUnreachable(why="no response")
        return answer


def _refused(code: str) -> Answer:
    return Answer("later" if code.startswith(LATER) and not code.startswith(BY_NUMBER) else "failed", code)
