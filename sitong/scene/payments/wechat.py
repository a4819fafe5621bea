"""WeChat Pay API v3 (pay.weixin.qq.com/doc/v3), through `wechatpayv3`: signed requests, verified answers, sealed notifications."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from wechatpayv3 import WeChatPay, WeChatPayType

from sitong.scene.payments.provider import (
    NotificationForged,
    PaymentAnswer,
    ProviderRefused,
    ProviderUnreachable,
    RefundAnswer,
    Standing,
    TransferAnswer,
)

PAYMENT_STANDINGS = {
    "SUCCESS": Standing.DONE, "REFUND": Standing.DONE, "NOTPAY": Standing.OPEN, "USERPAYING": Standing.OPEN,
    "CLOSED": Standing.CLOSED, "REVOKED": Standing.CLOSED, "PAYERROR": Standing.FAILED,
}  # fmt: skip
REFUND_STANDINGS = {
    "SUCCESS": Standing.DONE,
    "PROCESSING": Standing.OPEN,
    "CLOSED": Standing.FAILED,
    "ABNORMAL": Standing.FAILED,
}
TRANSFER_STANDINGS = {
    "SUCCESS": Standing.DONE, "FAIL": Standing.FAILED, "CANCELLED": Standing.CLOSED, "ACCEPTED": Standing.OPEN, "PROCESSING": Standing.OPEN,
    "WAIT_USER_CONFIRM": Standing.OPEN, "TRANSFERING": Standing.OPEN, "CANCELING": Standing.OPEN,
}  # fmt: skip
TRANSFER_SCENE = "1000"
"""现金营销: rewards in cash. It asks for two facts, the activity's name and what the reward is for."""

NAMELESS_MAX = 200_000
"""From 2,000 yuan on WeChat Pay asks for the payee's real name, which we do not have."""

NOBODY_KNOWS_YET = {"USERPAYING", "USER_PAYING", "SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "BANKERROR"}
"""A payment by code that may still be made: the consumer types a password, or the provider itself has no answer yet."""

GZIP_MAGIC = b"\x1f\x8b"
NOTIFICATION_AGE_MAX = timedelta(minutes=5)
TIMEOUT_S = (3, 8)  # to connect, to answer


class WeChatProvider:
    """One merchant account with WeChat Pay, in public-key mode (the provider's key is pinned, nothing is fetched)."""

    def __init__(
        self,
        *,
        merchant_number: str,
        app_id: str,
        serial: str,
        private_key: str,
        api_key: str,
        provider_key_id: str,
        provider_key: str,
        gateway: str = "",
    ) -> None:
        self._merchant_number, self._app_id = merchant_number, app_id
        self._gateway = gateway
        self._pay = WeChatPay(
            wechatpay_type=WeChatPayType.JSAPI, mchid=merchant_number, private_key=private_key, cert_serial_no=serial, appid=app_id,
            apiv3_key=api_key, notify_url=None, timeout=TIMEOUT_S, public_key=provider_key, public_key_id=provider_key_id,
        )  # fmt: skip
        if gateway:
            self._pay._core._gate_way = gateway  # the library has no option for another address (demo, tests, proxies)

    def open(
        self,
        *,
        number: str,
        amount_minor: int,
        currency: str,
        description: str,
        payer: str,
        expires_at: datetime,
        notify_url: str,
    ) -> str:
        answer = self._ask(
            "pay", description=description[:127], out_trade_no=number, amount={"total": amount_minor, "currency": currency},
            payer={"openid": payer}, time_expire=expires_at.isoformat(timespec="seconds"), notify_url=notify_url,
        )  # fmt: skip
        return str(answer["prepay_id"])

    def parameters(self, prepay_id: str, *, now: datetime) -> dict[str, str]:
        stamp, nonce, package = str(int(now.timestamp())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        signature = self._pay.sign([self._app_id, stamp, nonce, package])
        return {
            "appId": self._app_id,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signature,
        }

    def cashier_url(self, prepay_id: str) -> str | None:
        return f"{self._gateway}/cashier/{prepay_id}" if self._gateway else None

    def pay_by_code(
        self, *, number: str, amount_minor: int, currency: str, description: str, auth_code: str, device: str
    ) -> PaymentAnswer:
        try:
            told = self._ask(
                "pay", pay_type=WeChatPayType.CODEPAY, description=description[:127], out_trade_no=number,
                amount={"total": amount_minor, "currency": currency}, payer={"auth_code": auth_code},
                scene_info={"device_id": device[:32] or "till", "device_ip": "127.0.0.1"},
            )  # fmt: skip
        except ProviderRefused as refused:
            if refused.facts["provider_code"] in NOBODY_KNOWS_YET:
                return PaymentAnswer(number, Standing.OPEN)
            raise
        return _payment_answer(told) if "trade_state" in told else PaymentAnswer(number, Standing.OPEN)

    def reverse(self, number: str) -> None:
        try:
            self._ask("codepay_reverse", out_trade_no=number)
        except ProviderRefused as refused:
            if refused.facts["provider_code"] not in {
                "ORDER_NOT_EXIST",
                "RESOURCE_NOT_EXISTS",
                "ORDER_CLOSED",
                "ORDERREVERSED",
            }:
                raise

    def trade_bill(self, on: date) -> str:
        try:
            told = self._ask("trade_bill", bill_date=on.isoformat(), tar_type="GZIP")
        except ProviderRefused as refused:
            if refused.facts["provider_code"] == "NO_STATEMENT_EXIST":
                return ""
            raise
        status, packed = self._call("download_bill", url=told["download_url"])
        if status != 200:
            raise ProviderUnreachable(provider="wechat")
        raw = packed if isinstance(packed, bytes) else packed.encode()
        text = gzip.decompress(raw) if raw[:2] == GZIP_MAGIC else raw
        if not hmac.compare_digest(hashlib.sha1(text).hexdigest(), str(told["hash_value"]).lower()):  # noqa: S324 (the protocol's)
            raise ProviderUnreachable(provider="wechat")
        return text.decode("utf-8-sig")

    def query(self, number: str) -> PaymentAnswer:
        try:
            return _payment_answer(self._ask("query", out_trade_no=number))
        except ProviderRefused as refused:
            if refused.facts["provider_code"] in {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"}:
                return PaymentAnswer(number, Standing.UNKNOWN)
            raise

    def close(self, number: str) -> None:
        self._ask("close", out_trade_no=number)

    def refund(
        self,
        *,
        payment_number: str,
        refund_number: str,
        amount_minor: int,
        total_minor: int,
        currency: str,
        reason: str,
        notify_url: str,
    ) -> RefundAnswer:
        return _refund_answer(self._ask(
            "refund", out_refund_no=refund_number, out_trade_no=payment_number, reason=reason[:80] or None, notify_url=notify_url,
            amount={"refund": amount_minor, "total": total_minor, "currency": currency},
        ))  # fmt: skip

    def query_refund(self, number: str) -> RefundAnswer:
        return _refund_answer(self._ask("query_refund", out_refund_no=number))

    def transfer(
        self, *, number: str, amount_minor: int, payee: str, remark: str, activity: str, notify_url: str
    ) -> TransferAnswer:
        if amount_minor >= NAMELESS_MAX:
            raise ProviderRefused(provider="wechat", provider_code="NAME_REQUIRED", provider_message="")
        told = self._ask(
            "mch_transfer_bills", out_bill_no=number, transfer_scene_id=TRANSFER_SCENE, openid=payee, transfer_amount=amount_minor,
            transfer_remark=remark[:32], notify_url=notify_url,
            transfer_scene_report_infos=[{"info_type": "活动名称", "info_content": activity[:32]}, {"info_type": "奖励说明", "info_content": remark[:32]}],
        )  # fmt: skip
        return _transfer_answer({**told, "transfer_amount": amount_minor})

    def query_transfer(self, number: str) -> TransferAnswer:
        try:
            return _transfer_answer(self._ask("mch_transfer_bills_query", out_bill_no=number))
        except ProviderRefused as refused:
            if refused.facts["provider_code"] in {"NOT_FOUND", "RESOURCE_NOT_EXISTS"}:
                return TransferAnswer(number, Standing.UNKNOWN)
            raise

    def transfer_parameters(self, package: str) -> dict[str, str]:
        return {"mchId": self._merchant_number, "appId": self._app_id, "package": package}

    def receiving_url(self, package: str) -> str | None:
        return f"{self._gateway}/receive/{package}" if self._gateway else None

    def read_notification(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> PaymentAnswer | RefundAnswer | TransferAnswer:
        held = {
            f"Wechatpay-{part}": headers.get(f"Wechatpay-{part}", "")
            for part in ("Signature", "Timestamp", "Nonce", "Serial", "Signature-Type")
        }
        try:
            age = abs(now.timestamp() - int(held["Wechatpay-Timestamp"]))
            if age > NOTIFICATION_AGE_MAX.total_seconds():
                raise NotificationForged(why="too old")
            told = self._pay.callback(held, body)
        except NotificationForged:
            raise
        except Exception as wrong:  # the library raises bare exceptions for a wrong algorithm, serial or encoding
            raise NotificationForged(why="not understood") from wrong
        if not told:
            raise NotificationForged(why="signature or seal")
        kind, resource = str(told.get("event_type", "")), told["resource"]
        if kind.startswith("MCHTRANSFER."):
            return _transfer_answer(resource)
        return _refund_answer(resource) if kind.startswith("REFUND.") else _payment_answer(resource)

    def _call(self, call: str, **arguments: Any) -> tuple[int, Any]:
        try:
            status, text = getattr(self._pay, call)(**arguments)
        except requests.RequestException as failed:
            raise ProviderUnreachable(provider="wechat") from failed
        except Exception as failed:
            if "verify the signature" in str(failed):
                raise ProviderUnreachable(provider="wechat") from failed
            raise
        return int(status), text

    def _ask(self, call: str, **arguments: Any) -> dict[str, Any]:
        status, text = self._call(call, **arguments)
        answer = json.loads(text) if text else {}
        if 200 <= status < 300:
            return dict(answer)
        if status >= 500 or status == 429:
            raise ProviderUnreachable(provider="wechat")
        raise ProviderRefused(
            provider="wechat", provider_code=answer.get("code", str(status)), provider_message=answer.get("message", "")
        )


def malformed_key(*, private_key: str, provider_key: str, api_key: str) -> str:
    """Name the key that cannot be read, '' when all can: RSA keys as PEM, an APIv3 key of 32 characters."""
    try:
        load_pem_private_key(private_key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "private_key"
    try:
        load_pem_public_key(provider_key.encode())
    except (ValueError, UnsupportedAlgorithm):
        return "provider_key"
    return "" if len(api_key.encode()) == 32 else "api_key"


def _payment_answer(told: Mapping[str, Any]) -> PaymentAnswer:
    amount = told.get("amount", {})
    paid = told.get("success_time")
    return PaymentAnswer(
        number=told["out_trade_no"], standing=PAYMENT_STANDINGS.get(told["trade_state"], Standing.UNKNOWN),
        provider_number=told.get("transaction_id", ""), amount_minor=int(amount.get("total", 0)), currency=amount.get("currency", "CNY"),
        paid_at=datetime.fromisoformat(paid) if paid else None,
    )  # fmt: skip


def _refund_answer(told: Mapping[str, Any]) -> RefundAnswer:
    return RefundAnswer(
        number=told["out_refund_no"], standing=REFUND_STANDINGS.get(told.get("status") or told.get("refund_status", ""), Standing.UNKNOWN),
        provider_number=told.get("refund_id", ""), amount_minor=int(told.get("amount", {}).get("refund", 0)),
    )  # fmt: skip


def _transfer_answer(told: Mapping[str, Any]) -> TransferAnswer:
    return TransferAnswer(
        number=told["out_bill_no"], standing=TRANSFER_STANDINGS.get(told.get("state", ""), Standing.UNKNOWN),
        provider_number=told.get("transfer_bill_no", ""), amount_minor=int(told.get("transfer_amount", 0)), package=told.get("package_info", ""),
        reason=told.get("fail_reason", ""),
    )  # fmt: skip
