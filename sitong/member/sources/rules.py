"""What a source may be called, and those that every brand has without naming them."""

from __future__ import annotations

import re

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
NAME_MAX = 60
BUILT_IN = {
    "mini-shop": "mini_shop",
    "till": "store",
    "staff": "store",
    "import": "import",
    "unknown": "other",
    "scan": "store_scan",
    "store": "store",
    "ad": "ad",
    "guide": "guide",
    "group": "group",
    "friend": "friend",
}
"""Code → kind of the sources that every brand has without naming them: what the platform writes, and one for each kind."""
