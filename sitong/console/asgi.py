"""The ASGI application that Granian runs."""

from __future__ import annotations

import os
import sys

from sitong.console.settings import VAR
from sitong.shared.observe.metrics import share_between_processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sitong.console.settings")
share_between_processes(VAR / "metrics")

from sitong.console.asgi_front import build  # noqa: E402 - the numbers' folder is set before anything counts

sys.setswitchinterval(0.0005)  # a lane that hears from the database waits for the loop: 0.5 ms instead of 5

application = build()
