"""The demo provider's HTTP server: API v3 for the merchant, a cashier's page for the consumer, notifications with retries."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from sitong.scene.payments.demo import phone
from sitong.scene.payments.demo.bill import bill_text
from sitong.scene.payments.demo.keys import DemoKeys
from sitong.scene.payments.demo.protocol import Unsigned, notification, signature_headers, verify_request
from sitong.scene.payments.demo.till import DemoTill
from sitong.scene.payments.demo.transfers import transfer_resource
from sitong.scene.payments.demo.wrong import Wrong

RETRY_AFTER_S = (0, 1, 2, 5, 15, 30, 60)
BODY_BYTES_MAX = 1_000_000
CASHIER = (Path(__file__).parent / "cashier.html").read_text()
RECEIVE = (Path(__file__).parent / "receive.html").read_text()
EVENTS = {
    "transaction": "TRANSACTION.SUCCESS", "refund": "REFUND.SUCCESS", "mch_payment": "MCHTRANSFER.BILL.FINISHED",
}  # fmt: skip


class DemoProvider(ThreadingHTTPServer):
    """One merchant's provider on loopback. `notifies` False: it stays silent, as a lost notification does."""

    daemon_threads = True

    def __init__(self, keys: DemoKeys, till: DemoTill, *, port: int = 0, notifies: bool = True) -> None:
        super().__init__(("127.0.0.1", port), _Request)
        self.keys, self.till, self.notifies = keys, till, notifies
        self.stopping = threading.Event()

    @property
    def address(self) -> str:
        """The gateway's address for the merchant's adapter."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def shutdown(self) -> None:
        self.stopping.set()
        super().shutdown()

    def notify(self, kind: str, url: str, resource: dict[str, Any]) -> None:
        """Send a notification until the merchant answers 2xx, at most seven times; each try is signed anew."""
        event_type = EVENTS[kind]

        def deliver() -> None:
            body = notification(self.keys, event_type=event_type, kind=kind, resource=resource)
            for wait_s in RETRY_AFTER_S:
                if self.stopping.wait(wait_s):
                    return
                try:
                    headers = {**signature_headers(self.keys, body), "Content-Type": "application/json"}
                    if requests.post(url, data=body, headers=headers, timeout=5).ok:
                        return
                except requests.RequestException:
                    continue

        if self.notifies and url:
            threading.Thread(target=deliver, daemon=True).start()

    def notify_paid(self, row: dict[str, Any]) -> None:
        """Notify the merchant that a payment was made."""
        self.notify("transaction", row["notify_url"], payment_resource(self.keys, row))

    def notify_transferred(self, row: dict[str, Any]) -> None:
        """Notify the merchant that a transfer has come to its end."""
        self.notify("mch_payment", row["notify_url"], transfer_resource(row, merchant_number=self.keys.merchant_number))


def payment_resource(keys: DemoKeys, row: dict[str, Any]) -> dict[str, Any]:
    """Give a payment as queries and notifications show it."""
    by_code = row["prepay_id"].startswith("code-")
    shown = {"appid": keys.app_id, "mchid": keys.merchant_number, "out_trade_no": row["out_trade_no"],
             "trade_type": "MICROPAY" if by_code else "JSAPI", "trade_state": row["trade_state"], "trade_state_desc": row["trade_state"],
             "amount": {"total": row["total"], "payer_total": row["total"], "currency": row["currency"], "payer_currency": row["currency"]},
             "payer": {"openid": row["payer"]}}  # fmt: skip
    if row["trade_state"] == "SUCCESS":
        shown |= {"transaction_id": row["transaction_id"], "success_time": row["success_time"], "bank_type": "OTHERS"}
    return shown


def refund_resource(row: dict[str, Any]) -> dict[str, Any]:
    """Give a refund as answers and queries show it."""
    return {"refund_id": row["refund_id"], "out_refund_no": row["out_refund_no"], "out_trade_no": row["out_trade_no"], "status": row["status"],
            "success_time": row["success_time"], "amount": {"refund": row["amount"], "currency": "CNY"}}  # fmt: skip


class _Request(BaseHTTPRequestHandler):
    server: DemoProvider
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, *_: Any) -> None:
        """Say nothing: the merchant's own log tells what was asked."""

    def _serve(self, method: str) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), BODY_BYTES_MAX)
        body = self.rfile.read(length)
        try:
            if urlsplit(self.path).path.startswith("/cashier/"):
                self._cashier(method, body)
                return
            if urlsplit(self.path).path.startswith("/receive/"):
                self._receive(method, body)
                return
            if urlsplit(self.path).path == "/phone/":
                self._phone(method, body)
                return
            verify_request(
                self.server.keys,
                method=method,
                target=self.path,
                body=body,
                authorization=self.headers.get("Authorization", ""),
            )
            if urlsplit(self.path).path == "/v3/billdownload/file":
                self._answer(200, self._bill_file(), kind="application/x-gzip")
                return
            answer = self._api(method, urlsplit(self.path).path, json.loads(body) if body else {})
            self._answer(204 if answer is None else 200, b"" if answer is None else json.dumps(answer).encode())
        except Unsigned as unsigned:
            self._answer(401, json.dumps({"code": "SIGN_ERROR", "message": str(unsigned)}).encode())
        except Wrong as wrong:
            self._answer(wrong.status, json.dumps({"code": wrong.code, "message": wrong.message}).encode())
        except ValueError:
            self._answer(400, b'{"code": "PARAM_ERROR", "message": "not JSON"}')

    def _api(self, method: str, path: str, told: dict[str, Any]) -> dict[str, Any] | None:
        till, keys = self.server.till, self.server.keys
        match method, path.strip("/").split("/")[1:]:
            case "POST", ["pay", "transactions", "jsapi"]:
                return {"prepay_id": till.open(told, merchant_number=keys.merchant_number, app_id=keys.app_id)}
            case "POST", ["pay", "transactions", "codepay"]:
                row = till.pay_by_code(told, merchant_number=keys.merchant_number, app_id=keys.app_id)
                return payment_resource(keys, row)
            case "POST", ["pay", "transactions", "out-trade-no", number, "reverse"]:
                till.reverse(number)
                return {"appid": keys.app_id, "mchid": keys.merchant_number, "out_trade_no": number}
            case "GET", ["bill", "tradebill"]:
                return self._bill(parse_qs(urlsplit(self.path).query))
            case "GET", ["pay", "transactions", "out-trade-no", number]:
                return payment_resource(keys, till.query(number))
            case "POST", ["pay", "transactions", "out-trade-no", number, "close"]:
                till.close(number)
                return None
            case "POST", ["refund", "domestic", "refunds"]:
                row = till.refund(told)
                self.server.notify(
                    "refund",
                    row["notify_url"],
                    {**refund_resource(row), "refund_status": row["status"], "mchid": keys.merchant_number},
                )
                return {**refund_resource(row), "status": "PROCESSING"}
            case "GET", ["refund", "domestic", "refunds", number]:
                return refund_resource(till.query_refund(number))
            case "POST", ["fund-app", "mch-transfer", "transfer-bills"]:
                return self._transfer(till.transfers.take(told, app_id=keys.app_id))
            case "GET", ["fund-app", "mch-transfer", "transfer-bills", "out-bill-no", number]:
                return self._transfer(till.transfers.query(number))
        raise Wrong(404, "NOT_FOUND", "no such interface")

    def _bill(self, asked: dict[str, list[str]]) -> dict[str, Any]:
        """Say where the day's bill is and what its digest is."""
        day = (asked.get("bill_date") or [""])[0]
        text = self._bill_text(day)
        if not text:
            raise Wrong(400, "NO_STATEMENT_EXIST", "no bill of this day")
        address = f"{self.server.address}/v3/billdownload/file?token={day}"
        return {"hash_type": "SHA1", "hash_value": hashlib.sha1(text).hexdigest(), "download_url": address}  # noqa: S324

    def _bill_file(self) -> bytes:
        return gzip.compress(self._bill_text((parse_qs(urlsplit(self.path).query).get("token") or [""])[0]))

    def _bill_text(self, day: str) -> bytes:
        rows = self.server.till.bill(day) if len(day) == 10 else []
        keys = self.server.keys
        return bill_text(rows, merchant_number=keys.merchant_number, app_id=keys.app_id).encode() if rows else b""

    def _transfer(self, row: dict[str, Any]) -> dict[str, Any]:
        return transfer_resource(row, merchant_number=self.server.keys.merchant_number)

    def _receive(self, method: str, body: bytes) -> None:
        """The consumer's phone asks whether to receive the money, as requestMerchantTransfer does."""
        package = urlsplit(self.path).path.removeprefix("/receive/")
        asked = parse_qs(urlsplit(self.path).query)
        back = (parse_qs(body.decode()).get("back") or asked.get("back") or [""])[0]
        row = self.server.till.transfers.by_package(package)
        if row is None:
            raise Wrong(404, "NOT_FOUND", "no such transfer")
        if method == "POST":
            self.server.notify_transferred(self.server.till.transfers.receive(package))
            self._go_on(back if back.startswith("http://") else f"/receive/{package}")
            return
        amount, remark = f"{row['amount'] / 100:.2f}", html.escape(row["remark"])
        page = RECEIVE.format(amount=amount, remark=remark, state=row["state"], back=html.escape(back, quote=True))
        self._answer(200, page.encode(), kind="text/html; charset=utf-8")

    def _go_on(self, address: str) -> None:
        self.send_response(303)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _phone(self, method: str, body: bytes) -> None:
        if method == "POST":
            self._go_on(phone.answer(self.server.till, body.decode()))
            return
        page = phone.page(self.server.till, urlsplit(self.path).query)
        self._answer(200, page.encode(), kind="text/html; charset=utf-8")

    def _cashier(self, method: str, body: bytes) -> None:
        prepay_id = urlsplit(self.path).path.removeprefix("/cashier/")
        asked = parse_qs(urlsplit(self.path).query)
        back = (parse_qs(body.decode()).get("back") or asked.get("back") or [""])[0]
        row = self.server.till.by_prepay_id(prepay_id)
        if row is None:
            raise Wrong(404, "ORDER_NOT_EXIST", "no such order")
        if method == "POST":
            self.server.notify_paid(self.server.till.pay(prepay_id))
            self._go_on(back if back.startswith("http://") else f"/cashier/{prepay_id}")
            return
        page = CASHIER.format(amount=f"{row['total'] / 100:.2f}", description=html.escape(row["description"]), state=row["trade_state"],
                              back=html.escape(back, quote=True), prepay_id=html.escape(prepay_id, quote=True))  # fmt: skip
        self._answer(200, page.encode(), kind="text/html; charset=utf-8")

    def _answer(self, status: int, body: bytes, *, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in signature_headers(self.server.keys, body).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
