"""What the demo provider remembers: payments and refunds, in an SQLite file that outlives its process."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from sitong.scene.payments.demo.clock import beijing_time
from sitong.scene.payments.demo.transfers import DemoTransfers
from sitong.scene.payments.demo.wrong import Wrong

SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (
  out_trade_no TEXT PRIMARY KEY, prepay_id TEXT UNIQUE, description TEXT, total INTEGER, currency TEXT, payer TEXT, notify_url TEXT,
  time_expire TEXT, trade_state TEXT, transaction_id TEXT, success_time TEXT, refunded INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS refund (
  out_refund_no TEXT PRIMARY KEY, out_trade_no TEXT, refund_id TEXT, amount INTEGER, notify_url TEXT, status TEXT, success_time TEXT);
CREATE TABLE IF NOT EXISTS code (auth_code TEXT PRIMARY KEY, mode TEXT, made_at REAL, out_trade_no TEXT);
"""
CODE_MODES = {"pay": "付款 Pays", "password": "要确认 Confirms", "poor": "余额不足 No money"}
CODE_HOLDS_S = 120


class DemoTill:
    """Payments and refunds with the real one's rules. One lock: the demo is not for speed."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._guard = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(SCHEMA)
        self.transfers = DemoTransfers(self._db, self._guard)

    def open(self, told: dict[str, Any], *, merchant_number: str, app_id: str) -> str:
        """Take an order to pay and give its prepay id; the same number with the same content gives the same id."""
        try:
            number, total, currency = (
                str(told["out_trade_no"]),
                told["amount"]["total"],
                told["amount"].get("currency", "CNY"),
            )
            payer, url = str(told["payer"]["openid"]), str(told["notify_url"])
        except (KeyError, TypeError) as missing:
            raise Wrong(400, "PARAM_ERROR", f"missing {missing}") from missing
        if told.get("mchid") != merchant_number or told.get("appid") != app_id:
            raise Wrong(400, "APPID_MCHID_NOT_MATCH", "appid and mchid do not match")
        if not isinstance(total, int) or total <= 0 or not 6 <= len(number) <= 32:
            raise Wrong(400, "PARAM_ERROR", "amount.total or out_trade_no")
        with self._guard:
            before = self._payment(number)
            if before and before["trade_state"] == "SUCCESS":
                raise Wrong(400, "ORDERPAID", "paid already")
            if before and (before["trade_state"] == "CLOSED" or before["total"] != total):
                raise Wrong(403, "OUT_TRADE_NO_USED", "number used")
            if before:
                return str(before["prepay_id"])
            prepay_id = f"wx{time.strftime('%d%H%M%S')}{secrets.token_hex(13)}"
            self._db.execute("INSERT INTO payment VALUES (?,?,?,?,?,?,?,?,?,'','',0)",
                             (number, prepay_id, told.get("description", ""), total, currency, payer, url, told.get("time_expire", ""), "NOTPAY"))  # fmt: skip
            return prepay_id

    def make_code(self, mode: str = "pay") -> str:
        """Give a payment code as the consumer's phone shows it: 18 digits; `mode` says what will come of a scan."""
        auth_code = f"13{secrets.randbelow(10**16):016d}"
        with self._guard:
            self._db.execute("INSERT INTO code VALUES (?, ?, ?, '')", (auth_code, mode, time.time()))
        return auth_code

    def pay_by_code(self, told: dict[str, Any], *, merchant_number: str, app_id: str) -> dict[str, Any]:
        """The till scans a code: paid at once, waiting for the consumer (USERPAYING), or refused. The same call again is the same."""
        try:
            number, total = str(told["out_trade_no"]), told["amount"]["total"]
            auth_code, description = str(told["payer"]["auth_code"]), str(told["description"])
            currency, _ = told["amount"].get("currency", "CNY"), told["scene_info"]["device_ip"]
        except (KeyError, TypeError) as missing:
            raise Wrong(400, "PARAM_ERROR", f"missing {missing}") from missing
        if told.get("mchid") != merchant_number or told.get("appid") != app_id:
            raise Wrong(400, "APPID_MCHID_NOT_MATCH", "appid and mchid do not match")
        if not isinstance(total, int) or total <= 0 or not 6 <= len(number) <= 32:
            raise Wrong(400, "PARAM_ERROR", "amount.total or out_trade_no")
        with self._guard:
            code = self._db.execute("SELECT * FROM code WHERE auth_code = ?", (auth_code,)).fetchone()
            before = self._payment(number)
            if before is not None:
                return self._code_again(before, code, number, total)
            if code is None:
                raise Wrong(400, "AUTH_CODE_INVALID", "no such code")
            if code["out_trade_no"] or time.time() - code["made_at"] > CODE_HOLDS_S:
                raise Wrong(400, "AUTHCODEEXPIRE", "the code is used or too old")
            if code["mode"] == "poor":
                raise Wrong(400, "NOTENOUGH", "not enough money")
            self._db.execute("UPDATE code SET out_trade_no = ? WHERE auth_code = ?", (number, auth_code))
            self._db.execute("INSERT INTO payment VALUES (?,?,?,?,?,?,'','','USERPAYING','','',0)",
                             (number, f"code-{number}", description, total, currency, f"payer-{auth_code[-6:]}"))  # fmt: skip
            if code["mode"] == "password":
                raise Wrong(202, "USERPAYING", "the consumer confirms")
            return self._pay(number)

    def _code_again(self, before: sqlite3.Row, code: sqlite3.Row | None, number: str, total: int) -> dict[str, Any]:
        """The same number again: another code or amount is refused, else it stands as it stands."""
        if before["total"] != total or code is None or code["out_trade_no"] != number:
            raise Wrong(403, "OUT_TRADE_NO_USED", "number used")
        if before["trade_state"] == "USERPAYING":
            raise Wrong(202, "USERPAYING", "the consumer confirms")
        if before["trade_state"] != "SUCCESS":
            raise Wrong(400, "ORDER_CLOSED", "closed")
        return dict(before)

    def waiting(self, auth_code: str) -> dict[str, Any] | None:
        """Give the payment that waits for the consumer who showed this code."""
        with self._guard:
            row = self._db.execute(
                "SELECT p.* FROM payment AS p JOIN code AS c USING (out_trade_no) WHERE c.auth_code = ? AND p.trade_state = 'USERPAYING'",
                (auth_code,),
            ).fetchone()
        return dict(row) if row else None

    def answer(self, auth_code: str, *, agrees: bool) -> dict[str, Any] | None:
        """The consumer confirms or declines on the phone."""
        row = self.waiting(auth_code)
        if row is None:
            return None
        with self._guard:
            if agrees:
                return self._pay(row["out_trade_no"])
            self._db.execute(
                "UPDATE payment SET trade_state = 'PAYERROR' WHERE out_trade_no = ?", (row["out_trade_no"],)
            )
            return dict(self._payment(row["out_trade_no"]) or {})

    def reverse(self, number: str) -> None:
        """Undo a payment by code: closed when it is open, the money goes back when it is paid. Again it changes nothing."""
        with self._guard:
            row = self._payment(number)
            if row is None:
                raise Wrong(404, "ORDER_NOT_EXIST", "no such order")
            if row["trade_state"] != "REVOKED":
                self._db.execute("UPDATE payment SET trade_state = 'REVOKED' WHERE out_trade_no = ?", (number,))

    def bill(self, day: str) -> list[tuple[str, dict[str, Any]]]:
        """Give the day's trade: ("SUCCESS", payment), ("REVOKED", payment) and ("REFUND", refund with its payment)."""
        with self._guard:
            paid = self._db.execute(
                "SELECT * FROM payment WHERE success_time LIKE ? ORDER BY success_time, out_trade_no", (f"{day}%",)
            ).fetchall()
            back = self._db.execute(
                "SELECT r.*, p.total, p.currency, p.transaction_id FROM refund AS r JOIN payment AS p USING (out_trade_no) "
                "WHERE r.success_time LIKE ? ORDER BY r.success_time, r.out_refund_no", (f"{day}%",),
            ).fetchall()  # fmt: skip
        return [("REVOKED" if row["trade_state"] == "REVOKED" else "SUCCESS", dict(row)) for row in paid] + [
            ("REFUND", dict(row)) for row in back
        ]

    def query(self, number: str) -> dict[str, Any]:
        """Give a payment as the real one's query does."""
        with self._guard:
            row = self._payment(number)
        if row is None:
            raise Wrong(404, "ORDER_NOT_EXIST", "no such order")
        return dict(row)

    def by_prepay_id(self, prepay_id: str) -> dict[str, Any] | None:
        """Give the payment behind a prepay id, for the cashier's page."""
        with self._guard:
            row = self._db.execute("SELECT * FROM payment WHERE prepay_id = ?", (prepay_id,)).fetchone()
        return dict(row) if row else None

    def close(self, number: str) -> None:
        """Let nobody pay it any more."""
        with self._guard:
            row = self._payment(number)
            if row is None:
                raise Wrong(404, "ORDER_NOT_EXIST", "no such order")
            if row["trade_state"] == "SUCCESS":
                raise Wrong(400, "ORDERPAID", "paid already")
            self._db.execute("UPDATE payment SET trade_state = 'CLOSED' WHERE out_trade_no = ?", (number,))

    def pay(self, prepay_id: str) -> dict[str, Any]:
        """The consumer pays, once. Gives the payment."""
        with self._guard:
            row = self._db.execute("SELECT * FROM payment WHERE prepay_id = ?", (prepay_id,)).fetchone()
            if row is None:
                raise Wrong(404, "ORDER_NOT_EXIST", "no such order")
            if row["trade_state"] == "CLOSED":
                raise Wrong(400, "ORDER_CLOSED", "closed")
            return self._pay(row["out_trade_no"]) if row["trade_state"] == "NOTPAY" else dict(row)

    def refund(self, told: dict[str, Any]) -> dict[str, Any]:
        """Give money back; the same number gives the first answer, more than is left is refused."""
        try:
            number, refund_number = str(told["out_trade_no"]), str(told["out_refund_no"])
            amount, total = int(told["amount"]["refund"]), int(told["amount"]["total"])
        except (KeyError, TypeError, ValueError) as missing:
            raise Wrong(400, "PARAM_ERROR", f"missing {missing}") from missing
        with self._guard:
            before = self._db.execute("SELECT * FROM refund WHERE out_refund_no = ?", (refund_number,)).fetchone()
            payment = self._payment(number)
            if before is not None:
                if before["amount"] != amount or before["out_trade_no"] != number:
                    raise Wrong(400, "PARAM_ERROR", "same number, other refund")
                return dict(before)
            if payment is None or payment["trade_state"] != "SUCCESS":
                raise Wrong(404, "RESOURCE_NOT_EXISTS", "no paid order")
            if total != payment["total"] or amount <= 0 or payment["refunded"] + amount > payment["total"]:
                raise Wrong(403, "NOT_ENOUGH", "more than is left")
            self._db.execute("UPDATE payment SET refunded = refunded + ? WHERE out_trade_no = ?", (amount, number))
            self._db.execute("INSERT INTO refund VALUES (?,?,?,?,?,'SUCCESS',?)",
                             (refund_number, number, f"50300{secrets.randbelow(10**23):023d}", amount, told.get("notify_url", ""), beijing_time()))  # fmt: skip
            return dict(self._db.execute("SELECT * FROM refund WHERE out_refund_no = ?", (refund_number,)).fetchone())

    def query_refund(self, refund_number: str) -> dict[str, Any]:
        """Give a refund as the real one's query does."""
        with self._guard:
            row = self._db.execute("SELECT * FROM refund WHERE out_refund_no = ?", (refund_number,)).fetchone()
        if row is None:
            raise Wrong(404, "RESOURCE_NOT_EXISTS", "no such refund")
        return dict(row)

    def _pay(self, number: str) -> dict[str, Any]:
        self._db.execute("UPDATE payment SET trade_state = 'SUCCESS', transaction_id = ?, success_time = ? WHERE out_trade_no = ?",
                         (f"42000{secrets.randbelow(10**23):023d}", beijing_time(), number))  # fmt: skip
        return dict(self._payment(number) or {})

    def _payment(self, number: str) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._db.execute(
            "SELECT * FROM payment WHERE out_trade_no = ?", (number,)
        ).fetchone()
        return found
