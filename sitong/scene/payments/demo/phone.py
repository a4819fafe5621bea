"""The consumer's phone in the demo: a page with a payment code, and what it asks when the till has scanned it."""

from __future__ import annotations

import html
from pathlib import Path
from urllib.parse import parse_qs

import segno

from sitong.scene.payments.demo.till import CODE_MODES, DemoTill

PAGE = (Path(__file__).parent / "phone.html").read_text()
ASK = """<form method="post" class="ask"><p>¥{amount} · {description}</p><input type="hidden" name="code" value="{code}">
<button name="answer" value="agree">确认支付 Confirm</button> <button name="answer" value="decline">取消 Decline</button></form>"""


def page(till: DemoTill, query: str) -> str:
    """Show a fresh code, or the one that is asked for with what waits for its owner."""
    asked = parse_qs(query)
    mode = (asked.get("mode") or ["pay"])[0]
    mode = mode if mode in CODE_MODES else "pay"
    code = (asked.get("code") or [""])[0]
    code = code if code.isascii() and code.isdigit() and len(code) == 18 else till.make_code(mode)
    waiting = till.waiting(code)
    ask = ""
    if waiting is not None:
        ask = ASK.format(
            amount=f"{waiting['total'] / 100:.2f}", description=html.escape(waiting["description"]), code=code
        )
    links = (
        f'<a href="?mode={key}"{" aria-current=page" if key == mode else ""}>{label}</a>'
        for key, label in CODE_MODES.items()
    )
    return PAGE.format(
        modes="".join(links), picture=segno.make(code, micro=False).svg_data_uri(scale=6, border=1), mode=mode, code=code,
        spaced=" ".join(code[at : at + 4] for at in range(0, 18, 4)), asks=ask,
    )  # fmt: skip


def answer(till: DemoTill, body: str) -> str:
    """Take the consumer's answer and give the address to go on to."""
    said = parse_qs(body)
    code = (said.get("code") or [""])[0]
    till.answer(code, agrees=(said.get("answer") or [""])[0] == "agree")
    return f"/phone/?mode=password&code={code if code.isdigit() else ''}"
