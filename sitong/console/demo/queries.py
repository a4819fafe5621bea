"""What the demo's welcome shows."""

from __future__ import annotations

from sitong.console.demo.accounts import BRAND_CODE
from sitong.org.stores.queries import store_by_code
from sitong.shared.access.scope import every_brand

WINDOWS = ("367", "406")


def shop_windows() -> list[tuple[str, str]]:
    """Give code and name of the two busiest stores, whose mini shops are a good start."""
    with every_brand():
        found = [(code, store_by_code(BRAND_CODE, code)) for code in WINDOWS]
    return [(code, store.name) for code, store in found if store is not None]
