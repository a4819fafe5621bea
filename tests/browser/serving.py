"""The real web process and the real worker, against the run's own cluster, on a free loopback port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from sitong.shared.postgres import Cluster

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 40


def a_free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@contextmanager
def a_platform(cluster: Cluster, folder: Path) -> Iterator[str]:
    """Start web and worker, give the address, stop both. Their logs stay in `folder`."""
    port = a_free_port()
    address = f"http://127.0.0.1:{port}"
    named = settings.DATABASES["default"]["NAME"]
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "sitong.console.settings", "SITONG_VAR": str(folder / "var"), "SITONG_DEMO": "1",
        "SITONG_KEYS": str(_keys_file()), "SITONG_LISTEN": f"127.0.0.1:{port}", "SITONG_PUBLIC_URL": address, "SITONG_LIMITS": "100",
        "DATABASE_URL": f"postgresql://{settings.APP_ROLE}@/{named}?host={cluster.socket_dir}",
        "DATABASE_OWNER_URL": f"postgresql://{settings.OWNER_ROLE}@/{named}?host={cluster.socket_dir}",
    }  # fmt: skip
    (folder / "var").mkdir(parents=True, exist_ok=True)
    children: list[subprocess.Popen[bytes]] = []
    try:
        for part in ("web", "worker"):
            log = (folder / f"{part}.log").open("wb")
            children.append(
                subprocess.Popen(
                    [sys.executable, "-m", "sitong", part], cwd=ROOT, env=environment, stdout=log, stderr=log
                )
            )
        _wait(address, children[0], folder / "web.log")
        yield address
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()


def _keys_file() -> Path:
    return Path(os.environ.get("SITONG_KEYS", str(settings.VAR / "keys.json")))


def _wait(address: str, web: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and web.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the web process did not start: {log.read_text(errors='replace')[-3000:]}")
