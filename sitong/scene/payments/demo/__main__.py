"""Run the demo provider: `python -m sitong.scene.payments.demo --port 8001 --folder var/demo-provider`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from sitong.scene.payments.demo.keys import DemoKeys
from sitong.scene.payments.demo.server import DemoProvider
from sitong.scene.payments.demo.till import DemoTill


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8001)
    options.add_argument("--folder", type=Path, required=True)
    chosen = options.parse_args()
    provider = DemoProvider(
        DemoKeys.read(chosen.folder / "keys.json"), DemoTill(chosen.folder / "till.sqlite"), port=chosen.port
    )
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: threading.Thread(target=provider.shutdown).start())
    sys.stdout.write(f"demo payment provider at {provider.address}\n")
    sys.stdout.flush()
    provider.serve_forever()


if __name__ == "__main__":
    main()
