"""The embedded PostgreSQL: survives being killed, is not fooled by old lock files, runs for root and for others."""

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from sitong.console.supervise_locks import server_in_use
from sitong.shared.postgres import DURABLE, FORGETFUL, Cluster, ServerFailed

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
