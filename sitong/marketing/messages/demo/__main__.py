"""Run the demo carriers: `python -m sitong.marketing.messages.demo --port 8003`; the inbox is its front page."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from sitong.marketing.messages.demo.brand import stocked
from sitong.marketing.messages.demo.server import DemoCarriers


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8003)
    carriers = stocked(DemoCarriers(port=options.parse_args().port))
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: threading.Thread(target=carriers.shutdown).start())
    sys.stdout.write(f"demo carriers of messages at {carriers.address}\n")
    sys.stdout.flush()
    carriers.serve_forever()


if __name__ == "__main__":
    main()
