"""The demo provider's trade bill, in the published form: CSV with a back-quote before each value, then a summary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
    "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
SUM_HEAD = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def bill_text(rows: Sequence[tuple[str, dict[str, Any]]], *, merchant_number: str, app_id: str) -> str:
    """Write the day's trade as the provider's bill file does; amounts in yuan."""
    lines, paid, back = [HEAD], 0, 0
    for state, row in rows:
        refund = state == "REFUND"
        reversed_ = state == "REVOKED"
        total = 0 if refund else row["total"]
        amount = row["amount"] if refund else row["total"] if reversed_ else 0
        paid, back = paid + total, back + amount
        values = (
            _time(row["success_time"]), app_id, merchant_number, "0", "", row["transaction_id"], row["out_trade_no"], "openid",
            "MICROPAY" if str(row.get("prepay_id", "")).startswith("code-") else "JSAPI", state, "OTHERS", row["currency"],
            _yuan(total), "0.00", row["refund_id"] if refund else "0", row["out_refund_no"] if refund else "0", _yuan(amount), "0.00",
            "ORIGINAL" if refund or reversed_ else "", "SUCCESS" if refund or reversed_ else "", row.get("description", ""), "", "0.00000",
            "0.60%", _yuan(total), _yuan(amount), "",
        )  # fmt: skip
        lines.append(",".join("`" + str(value).replace(",", " ") for value in values))
    sums = (str(len(rows)), _yuan(paid), _yuan(back), "0.00", "0.00000", _yuan(paid), _yuan(back))
    return "\ufeff" + "\r\n".join([*lines, SUM_HEAD, ",".join("`" + value for value in sums)]) + "\r\n"


def _yuan(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _time(rfc: str) -> str:
    return rfc[:19].replace("T", " ")
