"""Read a provider's trade bill and compare it with our own books: pure text and arithmetic."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DETAIL_HEAD = "交易时间"
TOTALS_HEAD = "总交易单数"


class BillMalformed(ValueError):
    """The text is no trade bill, or its own totals do not agree with its lines."""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill: a payment ("SUCCESS"), one that was reversed ("REVOKED"), or a refund ("REFUND"). Minor units."""

    state: str
    payment_number: str
    refund_number: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not agree. `ours` and `theirs` are amounts in minor units, None where one side has nothing."""

    code: str
    number: str
    ours: int | None
    theirs: int | None


def read_bill(text: str) -> list[BillLine]:
    """Read WeChat Pay's trade bill (type ALL): CSV, a back-quote before each value, amounts in yuan, totals at the end.

    Raises BillMalformed, also when the number of lines is not what the totals say.
    """
    rows = [row for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) if row]
    if not rows or rows[0][0] != DETAIL_HEAD:
        raise BillMalformed("no trade bill")
    column = {name: at for at, name in enumerate(rows[0])}
    lines: list[BillLine] = []
    for row in rows[1:]:
        if row[0] == TOTALS_HEAD:
            count = int(rows[-1][0].lstrip("`"))
            if count != len(lines):
                raise BillMalformed(f"{len(lines)} lines, the totals say {count}")
            return lines
        try:
            value = {name: row[at].lstrip("`") for name, at in column.items()}
            state = value["交易状态"]
            amount = value["申请退款金额" if state == "REFUND" else "订单金额"]
            lines.append(
                BillLine(state, value["商户订单号"], value["商户退款单号"] if state == "REFUND" else "", _minor(amount))
            )
        except (IndexError, KeyError, ValueError) as wrong:
            raise BillMalformed("a line cannot be read") from wrong
    raise BillMalformed("no totals")


def compare(
    lines: Sequence[BillLine],
    *,
    paid: Mapping[str, int],
    of_day: Mapping[str, int],
    refunded: Mapping[str, int],
    refunded_of_day: Mapping[str, int],
) -> list[Difference]:
    """Give what does not agree. `paid` and `refunded`: ours by number, whenever; `…_of_day`: those that the bill must have.

    A reversed payment must not be paid with us; any other must be, with its amount.
    """
    found: list[Difference] = []
    reversed_numbers = {one.payment_number for one in lines if one.state == "REVOKED"}
    payments = {one.payment_number: one.amount_minor for one in lines if one.state == "SUCCESS"}
    refunds = {one.refund_number: one.amount_minor for one in lines if one.state == "REFUND"}
    for number, minor in payments.items():
        if number in reversed_numbers:
            continue
        if (ours := paid.get(number)) != minor:
            found.append(Difference("payment_missing" if ours is None else "payment_differs", number, ours, minor))
    found += [
        Difference("payment_reversed", number, paid[number], 0) for number in sorted(reversed_numbers) if number in paid
    ]
    missing = [number for number in of_day if number not in payments and number not in reversed_numbers]
    found += [Difference("payment_unknown", number, of_day[number], None) for number in missing]
    for number, minor in refunds.items():
        if (ours := refunded.get(number)) != minor:
            found.append(Difference("refund_missing" if ours is None else "refund_differs", number, ours, minor))
    found += [
        Difference("refund_unknown", number, minor, None)
        for number, minor in refunded_of_day.items()
        if number not in refunds
    ]
    return found


def _minor(yuan: str) -> int:
    whole, _, fraction = yuan.partition(".")
    return int(whole) * 100 + int(fraction[:2].ljust(2, "0"))
