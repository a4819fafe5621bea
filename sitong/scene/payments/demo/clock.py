"""The demo provider's clock."""

from __future__ import annotations

import time


def beijing_time() -> str:
    """Give the present in the provider's form, RFC 3339 at +08:00."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + 8 * 3600))
