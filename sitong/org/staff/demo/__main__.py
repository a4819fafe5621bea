"""Run the demo's WeChat: `python -m sitong.org.staff.demo --port 8002 --folder var/demo-provider`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from sitong.org.staff.demo.keys import read_app
from sitong.org.staff.demo.wechat import DemoWechat


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8002)
    options.add_argument("--folder", type=Path, required=True)
    chosen = options.parse_args()
    wechat = DemoWechat(*read_app(chosen.folder), port=chosen.port)
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: threading.Thread(target=wechat.shutdown).start())
    sys.stdout.write(f"demo WeChat at {wechat.address}\n")
    sys.stdout.flush()
    wechat.serve_forever()


if __name__ == "__main__":
    main()
