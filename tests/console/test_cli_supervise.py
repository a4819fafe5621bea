"""`sitong up` as a supervisor: one at a time, dead children start again, nothing outlives it."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import termios
import time

import pytest

from sitong.console.supervise_children import orphans
from sitong.console.supervise_locks import AlreadyUp, only_one_up, up_runs

SUPERVISOR = """
import sys
from pathlib import Path
from sitong.console.supervise import Supervisor
from sitong.console.supervise_children import Child
var, port = Path(sys.argv[1]), int(sys.argv[2])
serve = "import http.server; http.server.HTTPServer(('127.0.0.1', int(__import__('sys').argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()"
stay = "import time, os, signal, sys;"
stay += "signal.signal(15, lambda *_: (print('finished', flush=True), sys.exit(0)));"
stay += "print('at work', os.getpid(), flush=True); time.sleep(99)"
children = [Child("web", [sys.executable, "-c", serve, str(port)]), Child("worker", [sys.executable, "-c", stay])]
tell = lambda text, **facts: print(text.format(**facts), flush=True)
Supervisor(var=var, listen=("127.0.0.1", port), cluster=None, children=children, tell=tell).run([], ready=lambda: print("ready", flush=True))
"""


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def started(tmp_path, port):
    """Start supervisors of one var folder; end every one of them afterwards."""
    made = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(tmp_path), str(port)], stdout=subprocess.PIPE, text=True
        )
        made.append(process)
        return process

    yield start
    for process in made:
        process.kill()
        process.wait()
    for pid in orphans(tmp_path):
        os.kill(pid, signal.SIGKILL)


def said_until(process, word):
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if word in line:
            return lines
    raise AssertionError(f"{word!r} was never said: {lines}")


def worker_pid(lines):
    return int(next(line for line in reversed(lines) if line.startswith("at work")).split()[-1])


def gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_it_stops_the_web_process_before_the_worker_and_leaves_nobody(started, tmp_path):
    process = started()
    said_until(process, "ready")
    assert len(orphans(tmp_path)) == 2  # seen from here, its children are marked as children of this folder
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    assert process.wait(10) == 0
    assert rest.index("Stopping web") < rest.index("Stopping worker") < rest.index("Everything has stopped")
    assert "finished" in rest
    assert orphans(tmp_path) == []
    assert not up_runs(tmp_path)


def test_a_child_that_is_killed_starts_again(started):
    process = started()
    first = worker_pid(said_until(process, "at work"))
    os.kill(first, signal.SIGKILL)
    again = said_until(process, "at work")
    assert "worker ended with code -9; it is started again." in again
    assert worker_pid(again) != first
    process.terminate()
    assert process.wait(10) == 0


def test_a_second_one_is_refused_by_name_and_the_first_goes_on(started, tmp_path):
    process = started()
    said_until(process, "ready")
    with pytest.raises(AlreadyUp) as refused, only_one_up(tmp_path):
        pass
    assert refused.value.pid == process.pid
    assert process.poll() is None


def test_the_lock_of_a_killed_run_holds_nothing(tmp_path):
    (tmp_path / "up.lock").write_text(json.dumps({"pid": 1}))  # process 1 lives, but holds no lock
    assert not up_runs(tmp_path)
    with only_one_up(tmp_path):
        assert up_runs(tmp_path)
    assert not up_runs(tmp_path)


def test_children_end_when_the_supervisor_is_killed_or_at_the_next_start(started, tmp_path):
    process = started()
    left = worker_pid(said_until(process, "at work"))
    process.kill()
    process.wait()
    again = started()
    lines = said_until(again, "at work")
    assert gone(left)
    assert worker_pid(lines) != left
    assert any("Ended 2 processes that a killed run had left behind." in line for line in lines)
    again.terminate()
    assert again.wait(10) == 0


def test_a_taken_port_is_said_before_anything_starts(started, tmp_path, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = started()
        assert process.wait(10) == 1
    assert orphans(tmp_path) == []
    assert "at work" not in process.stdout.read()


def test_closing_the_terminal_stops_everything(tmp_path, port):
    """The supervisor's terminal goes away: the kernel sends SIGHUP, and every word that it says from then on fails."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path), str(port)], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while b"ready" not in said:
        said += os.read(ours, 1000)
    assert len(orphans(tmp_path)) == 2
    os.close(ours)
    assert process.wait(10) == 0
    assert orphans(tmp_path) == []


def test_a_reload_starts_the_children_anew(started, tmp_path):
    process = started()
    first = worker_pid(said_until(process, "at work"))
    said_until(process, "ready")
    process.send_signal(signal.SIGUSR1)
    again = said_until(process, "at work")
    assert worker_pid(again) != first
    assert gone(first)
    process.terminate()
    assert process.wait(10) == 0
