"""Money that goes to consumers at the demo provider: taken in, received on the consumer's phone, told of."""

from __future__ import annotations

import re
import secrets
import sqlite3
import threading
from typing import Any

from sitong.scene.payments.demo.clock import beijing_time
from sitong.scene.payments.demo.wrong import Wrong

SCHEMA = """
CREATE TABLE IF NOT EXISTS transfer (
  out_bill_no TEXT PRIMARY KEY, transfer_bill_no TEXT, package TEXT UNIQUE, payee TEXT, amount INTEGER, remark TEXT, notify_url TEXT,
  state TEXT, fail_reason TEXT, create_time TEXT, update_time TEXT);
"""
NUMBER = re.compile(r"[0-9A-Za-z]{1,32}")
AMOUNT_MIN, NAMELESS_MAX = 10, 200_000
REPORTED = {"活动名称", "奖励说明"}
"""What the scene of rewards in cash (1000) asks the merchant to say."""


class DemoTransfers:
    """Transfers with the real one's rules. A payee named blocked… cannot receive anything."""

    def __init__(self, db: sqlite3.Connection, guard: threading.Lock) -> None:
        self._db, self._guard = db, guard
        self._db.executescript(SCHEMA)

    def take(self, told: dict[str, Any], *, app_id: str) -> dict[str, Any]:
        """Take in a transfer; the same number with the same content gets how it stands, with other content a refusal."""
        try:
            number, amount, payee = str(told["out_bill_no"]), told["transfer_amount"], str(told["openid"])
            scene, remark = str(told["transfer_scene_id"]), str(told["transfer_remark"])
            said = {str(one["info_type"]) for one in told["transfer_scene_report_infos"] if one["info_content"]}
        except (KeyError, TypeError) as missing:
            raise Wrong(400, "PARAM_ERROR", f"missing {missing}") from missing
        if told.get("appid") != app_id:
            raise Wrong(400, "PARAM_ERROR", "appid does not belong to the merchant")
        if not NUMBER.fullmatch(number) or not isinstance(amount, int) or amount < AMOUNT_MIN or len(remark) > 32:
            raise Wrong(400, "PARAM_ERROR", "out_bill_no, transfer_amount or transfer_remark")
        if scene != "1000" or not said >= REPORTED or (amount >= NAMELESS_MAX and not told.get("user_name")):
            raise Wrong(400, "INVALID_REQUEST", "the scene's facts or the payee's name are missing")
        with self._guard:
            before = self._one("out_bill_no", number)
            if before is not None:
                if (before["payee"], before["amount"]) != (payee, amount):
                    raise Wrong(400, "INVALID_REQUEST", "number used")
                return before
            blocked = payee.startswith("blocked")
            state, why = ("FAIL", "PAYEE_ACCOUNT_ABNORMAL") if blocked else ("WAIT_USER_CONFIRM", "")
            self._db.execute(
                "INSERT INTO transfer VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (number, f"13300{secrets.randbelow(10**23):023d}", secrets.token_urlsafe(48), payee, amount, remark,
                 str(told.get("notify_url") or ""), state, why, beijing_time(), beijing_time()),
            )  # fmt: skip
            return self._one("out_bill_no", number) or {}

    def query(self, number: str) -> dict[str, Any]:
        """Give a transfer as the real one's query does."""
        with self._guard:
            found = self._one("out_bill_no", number)
        if found is None:
            raise Wrong(404, "NOT_FOUND", "no such transfer")
        return found

    def by_package(self, package: str) -> dict[str, Any] | None:
        """Give the transfer that a package names, for the page on the consumer's phone."""
        with self._guard:
            return self._one("package", package)

    def receive(self, package: str) -> dict[str, Any]:
        """The consumer takes the money, once. Gives the transfer."""
        return self._end(package, "SUCCESS", "")

    def let_lapse(self, package: str) -> dict[str, Any]:
        """The consumer has not taken it within a day."""
        return self._end(package, "FAIL", "OVERDUE_CLOSE")

    def _end(self, package: str, state: str, why: str) -> dict[str, Any]:
        with self._guard:
            if self._one("package", package) is None:
                raise Wrong(404, "NOT_FOUND", "no such transfer")
            self._db.execute(
                "UPDATE transfer SET state = ?, fail_reason = ?, update_time = ? WHERE package = ? AND state = 'WAIT_USER_CONFIRM'",
                (state, why, beijing_time(), package),
            )
            return self._one("package", package) or {}

    def _one(self, column: str, value: str) -> dict[str, Any] | None:
        found = self._db.execute(f"SELECT * FROM transfer WHERE {column} = ?", (value,)).fetchone()  # noqa: S608 (a name of ours)
        return dict(found) if found else None


def transfer_resource(row: dict[str, Any], *, merchant_number: str) -> dict[str, Any]:
    """Give a transfer as queries and notifications show it; the package only while it waits for the consumer."""
    shown = {"mch_id": merchant_number, "out_bill_no": row["out_bill_no"], "transfer_bill_no": row["transfer_bill_no"], "state": row["state"],
             "transfer_amount": row["amount"], "transfer_remark": row["remark"], "openid": row["payee"], "create_time": row["create_time"],
             "update_time": row["update_time"]}  # fmt: skip
    if row["fail_reason"]:
        shown["fail_reason"] = row["fail_reason"]
    if row["state"] == "WAIT_USER_CONFIRM":
        shown["package_info"] = row["package"]
    return shown
