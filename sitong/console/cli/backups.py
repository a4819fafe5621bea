"""Backups: one file of pg_dump's own format, and beside it what it holds, so that it can be verified and compared."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from sitong import __version__
from sitong.shared.postgres import bin_path


class BackupFailed(Exception):
    """A program of PostgreSQL said no; the text is what it said."""


class BackupBroken(Exception):
    """The file is not what its description says."""


def back_up(target: Path) -> dict[str, Any]:
    """Dump the whole database as one moment saw it, read the file back as a check, and describe it beside it.

    The keys that open personal data are not in it: who finds the backup alone cannot read a phone number.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".unfinished")
    with owner_connection() as server:
        server.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (snapshot,) = server.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        run(
            "pg_dump", "--format=custom", "--compress=6", f"--snapshot={snapshot}", "--no-owner", f"--file={unfinished}"
        )
        rows = count_rows(server)
        server.execute("COMMIT")
    run("pg_restore", "--file=/dev/null", str(unfinished), connect=False)  # reads and unpacks every block of it
    facts = {
        "sitong": __version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "bytes": unfinished.stat().st_size,
        "sha256": digest(unfinished),
        "keys": key_names(),
        "rows": rows,
    }
    unfinished.replace(target)
    description_of(target).write_text(json.dumps(facts, indent=1) + "\n")
    return facts


def read_description(source: Path) -> dict[str, Any]:
    """Read what a backup should hold and compare its checksum. Raises BackupBroken."""
    try:
        facts: dict[str, Any] = json.loads(description_of(source).read_text())
    except (OSError, ValueError) as wrong:
        raise BackupBroken(str(wrong)) from wrong
    if digest(source) != facts["sha256"]:
        raise BackupBroken(f"{source.name}: sha256")
    return facts


def bring_back(source: Path) -> None:
    """Put the backup in the place of everything in the database: all of it, or nothing changes.

    psql commits when its input ends; so the input ends only once pg_restore has said that it gave everything.
    """
    quiet = ("--quiet", "--no-psqlrc", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction")
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as unpack_said:
        unpack = subprocess.Popen(
            [str(bin_path() / "pg_restore"), "--no-owner", "--file=-", str(source)],
            stdout=subprocess.PIPE,
            stderr=unpack_said,
        )
        write = subprocess.Popen(
            [str(bin_path() / "psql"), f"--dbname={address()}", *quiet, "--file=-"],
            stdin=subprocess.PIPE,
            stderr=said,
            env=_environ(),
        )
        try:
            with contextlib.suppress(BrokenPipeError):
                write.stdin.write(b"DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n")  # type: ignore[union-attr]
                shutil.copyfileobj(unpack.stdout, write.stdin, 2**20)  # type: ignore[arg-type]
                write.stdin.flush()  # type: ignore[union-attr]
            unpack.stdout.close()  # type: ignore[union-attr]
            if unpack.wait():
                raise BackupFailed(_end_of(unpack_said))
            with contextlib.suppress(BrokenPipeError):
                write.stdin.close()  # type: ignore[union-attr]
            if write.wait():
                raise BackupFailed(_end_of(said))
        finally:
            for process in (write, unpack):
                process.kill()
                process.wait()


def _end_of(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read().decode(errors="replace").strip()[-2000:]


def _environ() -> dict[str, str]:
    return {**os.environ, "PGPASSWORD": owner()["PASSWORD"]}


def count_rows(server: psycopg.Connection[Any] | None = None) -> dict[str, int]:
    """Count the rows of each table, as the owner, whom no wall stops."""
    if server is None:
        with owner_connection() as own:
            return count_rows(own)
    names = [
        name for (name,) in server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    ]
    counted = {}
    for name in names:
        row = server.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        counted[name] = int(row[0]) if row else 0
    return counted


def has_rows() -> bool:
    """Tell whether the database holds anything that a restore would replace."""
    with owner_connection() as server:
        names = [name for (name,) in server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        kept = ("django_migrations", "django_content_type", "auth_permission")
        return any(
            server.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(name))).fetchone() is not None
            for name in names
            if name not in kept
        )


def run(program: str, *arguments: str, connect: bool = True) -> None:
    """Run one of PostgreSQL's programs against the database as the owner of its tables."""
    target = [f"--dbname={address()}"] if connect else []
    command = [str(bin_path() / program), *target, *arguments]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=_environ()
    )
    if done.returncode:
        raise BackupFailed(f"{program}: {done.stderr.strip()[-2000:]}")


def owner() -> dict[str, Any]:
    """Give Django's entry of the role that owns the tables."""
    return dict(connections["owner"].settings_dict)


def address() -> str:
    """Give the database's address for PostgreSQL's programs, without its password."""
    entry = owner()
    options = {key: value for key, value in entry["OPTIONS"].items() if key.startswith("ssl")}
    parts = {"dbname": entry["NAME"], "user": entry["USER"], "host": entry["HOST"], "port": entry["PORT"], **options}
    return psycopg.conninfo.make_conninfo(**{key: value for key, value in parts.items() if value})


@contextmanager
def owner_connection() -> Iterator[psycopg.Connection[Any]]:
    """Connect as the owner of the tables, beside Django."""
    with psycopg.connect(address(), password=owner()["PASSWORD"] or None, autocommit=True) as server:
        yield server


def key_names() -> dict[str, str]:
    """Name each key by its number and a digest that tells nothing of it, so that a restore knows which file it needs."""
    return {str(number): settings.KEYS.derive("name", number).hex()[:12] for number in sorted(settings.KEYS.keys)}


def description_of(backup: Path) -> Path:
    """Name the file that describes a backup."""
    return backup.with_name(backup.name + ".json")


def digest(file: Path) -> str:
    """Give the SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
