"""Ends the streams as soon as the process is told to stop: Granian waits for open connections before the lifespan ends.

Granian has no hook for that moment, so its own handler is extended (a test under tests/console holds that it works).
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any


def call_when_told_to_stop(react: Callable[[], None]) -> None:
    """Call `react` on the event loop at SIGTERM or SIGINT, before Granian begins to close. Nothing elsewhere."""
    try:
        from granian import _signals as signals
    except ImportError:
        return
    set_loop_signals: Callable[[asyncio.AbstractEventLoop], Any] = signals.set_loop_signals

    def set_both(loop: asyncio.AbstractEventLoop) -> Any:
        event = set_loop_signals(loop)

        def stop() -> None:
            react()
            event.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        return event

    signals.set_loop_signals = set_both
