"""What `sitong up` prints when the demo is ready: where to go, as whom."""

from __future__ import annotations

from sitong.console.demo.accounts import BRAND_CODE, PASSWORD, accounts
from sitong.org.stores.queries import store_by_code
from sitong.shared.access.scope import every_brand

WINDOWS = ("367", "406")
"""The two busiest stores; the staff of the demo works there."""


def welcome_lines(address: str) -> list[str]:
    """Give a line for each account, and the mini shops that are a good start."""
    with every_brand():
        shops = [store_by_code(BRAND_CODE, code) for code in WINDOWS]
    staff = accounts(int(WINDOWS[0]), int(WINDOWS[1]))
    lines = [f"  {one.username:<10} {PASSWORD}   {one.name}  {address}/sign-in/{one.system}/" for one in staff]
    return [*lines, *(f"  {shop.name}  {address}/s/{BRAND_CODE}/{shop.code}/" for shop in shops if shop)]
