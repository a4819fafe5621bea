"""The embedded PostgreSQL: survives being killed, is not fooled by old lock files, runs for root and for others."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from sitong.console.supervise_locks import server_in_use
from sitong.shared.postgres import DURABLE, FORGETFUL, Cluster, ServerFailed

NOBODY = 65534
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def own_cluster():
    folder = Path(tempfile.mkdtemp(dir=CHECKOUT / "var", prefix="pgtest-"))
    folder.chmod(0o711)
    server = Cluster(folder / "data", {**DURABLE, **FORGETFUL, "fsync": "on", "full_page_writes": "on"})
    yield server
    server.stop("immediate")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(server.socket_dir, ignore_errors=True)


def test_a_killed_server_starts_again_with_what_was_committed(own_cluster):
    own_cluster.start()
    with psycopg.connect(own_cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("SET synchronous_commit = on")
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    killed = own_cluster.pid()
    os.kill(killed, signal.SIGKILL)
    time.sleep(0.1)
    assert not own_cluster.runs()
    own_cluster.start()
    assert own_cluster.pid() != killed
    with psycopg.connect(own_cluster.url("postgres")) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_lock_file_that_names_another_program_is_no_running_server(own_cluster):
    own_cluster.make()
    (own_cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert own_cluster.pid() is None
    own_cluster.start()
    assert own_cluster.runs()


def test_the_last_user_stops_the_server(own_cluster):
    with server_in_use(own_cluster):
        with server_in_use(own_cluster):
            pass
        assert own_cluster.runs()
    assert not own_cluster.runs()


def test_a_socket_folder_of_somebody_else_is_refused(own_cluster):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to somebody else")
    own_cluster.make()
    own_cluster.socket_dir.mkdir()
    os.chown(own_cluster.socket_dir, 65534, 65534)
    with pytest.raises(ServerFailed, match="belongs to another account"):
        own_cluster.start()
    assert not own_cluster.runs()


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv to become an ordinary user"
)
def test_an_ordinary_user_runs_it_too():
    home = Path(tempfile.mkdtemp(prefix="sitong-ordinary-"))
    os.chown(home, NOBODY, NOBODY)
    environ = {
        **os.environ,
        "SITONG_VAR": str(home / "var"),
        "TMPDIR": str(home),
        "HOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", sys.executable]

    def run(*arguments):
        return subprocess.run(
            [*as_nobody, *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False, env=environ
        )

    try:
        if run("-c", "import django, sitong.console.settings").returncode:
            pytest.skip("the account nobody may not read this checkout and its Python")
        migrated = run("-m", "sitong", "--lang", "en", "migrate")
        assert migrated.returncode == 0, migrated.stderr
        assert "The database is up to date." in migrated.stdout
        examined = run("-m", "sitong", "--lang", "en", "doctor")
        assert "✓ The role sitong_app is no superuser and owns nothing." in examined.stdout
        assert {path.stat().st_uid for path in (home / "var" / "postgres").iterdir()} == {NOBODY}
    finally:
        shutil.rmtree(home, ignore_errors=True)
