"""The web process: Granian, which shares one port among several worker processes."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

from sitong.console.supervise_children import PARENT, end_with_parent


def serve(listen: tuple[str, int], workers: int) -> None:
    """Serve until SIGTERM; then take no more connections, finish what was accepted, and return."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    Granian(
        "sitong.console.asgi:application",
        address=listen[0],
        port=listen[1],
        interface=Interfaces.ASGI,
        workers=workers,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        websockets=False,
        backlog=2048,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=30,
    ).serve(target_loader=load, wrap_loader=False)


def load() -> Callable[..., Any]:
    """Load the application in a worker process of Granian, which is to end when Granian itself is killed."""
    if os.environ.get(PARENT):
        os.environ[PARENT] = str(os.getppid())
        end_with_parent()
    application: Callable[..., Any] = importlib.import_module("sitong.console.asgi").application
    return application
