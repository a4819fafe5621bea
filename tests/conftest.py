"""A real PostgreSQL for every test: a cluster of its own for each run, copied from a migrated one that is kept."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import Client

from sitong.shared.access.scope import EVERY_BRAND, every_brand, show_every_brand, show_only, shown
from sitong.shared.access.setup import make_roles_and_database, migrate
from sitong.shared.i18n.catalogs import compile_catalogs
from sitong.shared.postgres import DURABLE, FORGETFUL, Cluster

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "var" / "test"
DATABASE = "sitong"


def _fingerprint() -> str:
    """Changes when a migration or what builds the walls changes; then the kept cluster is made anew."""
    seen = hashlib.sha256()
    for file in sorted(
        [*ROOT.glob("sitong/*/migrations/*.py"), *ROOT.glob("sitong/shared/access/*.py"), ROOT / "requirements.lock"]
    ):
        seen.update(file.read_bytes())
    return seen.hexdigest()[:16]


def _point_django_at(cluster: Cluster) -> None:
    for alias, role in (("default", settings.APP_ROLE), ("owner", settings.OWNER_ROLE)):
        connections[alias].close()
        entry = connections[alias].settings_dict
        entry.update({"NAME": DATABASE, "USER": role, "HOST": str(cluster.socket_dir), "PORT": "", "PASSWORD": ""})
        settings.DATABASES[alias].update(entry)


@pytest.fixture(scope="session", autouse=True)
def catalogs() -> None:
    """The words' Chinese, as the platform speaks it: compiled catalogs are not kept in the repository."""
    compile_catalogs()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Chromium comes last: while it runs, this thread has an event loop, and no other test may start one."""
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture(scope="session")
def cluster(django_db_blocker) -> Iterator[Cluster]:
    """The run's own server, stopped and deleted at the end."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with django_db_blocker.unblock():
        migrated = KEPT / f"migrated-{_fingerprint()}"
        if not (migrated / "ready").exists():
            for old in KEPT.glob("migrated-*"):
                shutil.rmtree(old, ignore_errors=True)
            building = Cluster(Path(tempfile.mkdtemp(dir=KEPT, prefix="building-")) / "data", {**DURABLE, **FORGETFUL})
            try:
                building.start()
                make_roles_and_database(building.url("postgres"), DATABASE)
                _point_django_at(building)
                migrate()
                for alias in ("default", "owner"):
                    connections[alias].close()
            finally:
                building.stop()
            (building.data / "ready").touch()
            if not migrated.exists():
                building.data.rename(migrated)
            shutil.rmtree(building.data.parent, ignore_errors=True)
        run = Path(tempfile.mkdtemp(dir=KEPT, prefix="run-"))
        run.chmod(0o711)
        subprocess.run(["cp", "-a", str(migrated), str(run / "data")], check=True)
        server = Cluster(run / "data", {**DURABLE, **FORGETFUL})
        server.start()
        _point_django_at(server)
        try:
            yield server
        finally:
            for alias in ("default", "owner"):
                connections[alias].close()
            server.stop("immediate")
            shutil.rmtree(run, ignore_errors=True)
            shutil.rmtree(server.socket_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(cluster: Cluster) -> None:
    """Take the place of pytest-django's own set-up."""


@pytest.fixture
def db(cluster: Cluster, django_db_blocker) -> Iterator[None]:
    """A database for one test in one thread; all is rolled back. All brands are shown: narrow it to test the wall."""
    with django_db_blocker.unblock(), transaction.atomic():
        with every_brand():
            yield
        transaction.set_rollback(True)


@pytest.fixture
def committed_db(cluster: Cluster, django_db_blocker) -> Iterator[None]:
    """A database for tests that commit: threads, other processes, cursors. Emptied afterwards."""
    with django_db_blocker.unblock():
        try:
            with every_brand():
                yield
        finally:
            connection.close()
            empty_tables()


def empty_tables() -> None:
    """Empty every table that has rows, as the owner; migrations and procrastinate's own tables stay."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'
               AND tablename NOT LIKE 'procrastinate%%' AND tablename NOT IN ('django_migrations', 'django_content_type')"""
        )
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables))
        if filled := [name for (name,) in cursor.fetchall()]:
            cursor.execute(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE")


@pytest.fixture(autouse=True)
def scope_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request of Django's test client narrows the brand wall of this thread's connection; give the test its own back."""
    ask = Client.request

    def request(self: Client, **environ: object) -> object:
        before = shown()
        try:
            return ask(self, **environ)
        finally:
            if before == EVERY_BRAND:
                show_every_brand()
            elif before:
                show_only(UUID(brand) for brand in before.split(","))

    monkeypatch.setattr(Client, "request", request)


@pytest.fixture(scope="session")
def spark_session() -> Iterator[object]:
    """One Spark in this process for all tests that need it (mark them `spark`): starting it takes ten seconds."""
    pytest.importorskip("pyspark")
    from sitong.insight.lake.engines import spark_session

    logging.getLogger("py4j").setLevel(logging.ERROR)
    session = spark_session()
    yield session
    session.stop()


@pytest.fixture
def spark_lake(spark_session: object) -> Callable[[Path | UUID], object]:
    """Open a lake with Spark: of a folder, or a brand's."""
    from sitong.insight.lake.queries import lake_of
    from sitong.insight.lake.reading import Lake

    def opened(where: Path | UUID) -> object:
        return lake_of(where, engine="spark") if isinstance(where, UUID) else Lake.at(where, engine="spark")

    return opened


@pytest.fixture(autouse=True)
def lake_folder(tmp_path: Path, settings: object) -> None:
    """The lake's files of one test."""
    settings.LAKE_FOLDER = tmp_path / "lake"  # type: ignore[attr-defined]


@pytest.fixture
def now() -> datetime:
    """A fixed instant: Tuesday, 3 March 2026, 10:00 in Shanghai."""
    return datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's sync API runs a loop in the test's thread
