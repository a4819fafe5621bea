"""Kill -9 in the middle of load: nothing acknowledged is lost, nothing is placed twice, everything starts again by itself."""

import os
import signal
import subprocess
import time

import pytest

from tests.crash.stack import CALLERS, CHECKOUT, Load

pytestmark = pytest.mark.crash

ORDERS_EACH = 40
PAID = 160
SCENES = [("serving",), ("web",), ("worker",), ("database",), ("up",), ("up", "web", "serving", "worker", "database")]


@pytest.mark.parametrize("killed", SCENES, ids=["+".join(scene) for scene in SCENES])
def test_nothing_is_lost_or_doubled_when_it_is_killed(stack, shop, killed):
    before = {str(id) for (id,) in stack.rows("SELECT id FROM scene_order")}
    load = Load(stack, shop, ORDERS_EACH)

    def disturb():
        stack.kill(*killed)
        if "up" in killed:
            stack.up()

    load.run(disturb)
    assert len(load.acknowledged) == CALLERS * ORDERS_EACH
    orders = {
        str(id): number for id, number in stack.rows("SELECT id, number FROM scene_order") if str(id) not in before
    }
    assert orders == load.acknowledged
    assert load.send_all_again() == load.acknowledged
    assert stack.rows("SELECT count(*) FROM scene_order") == [(len(before) + len(orders),)]
    (held,) = {held for (held,) in stack.rows("SELECT held FROM goods_level")}
    assert held == len(before) + len(orders)
    stack.wait_until_ready()
    until = time.monotonic() + 20
    while not all(stack.pids(role) for role in ("web", "serving", "worker")) and time.monotonic() < until:
        time.sleep(0.1)
    assert [len(stack.pids(role)) for role in ("web", "serving", "worker")] == [1, 1, 1]


def test_figures_count_each_order_once_when_the_worker_is_killed_again_and_again(stack, shop):
    command = [*stack.command, "tests/crash/pay.py", str(PAID)]
    paying = subprocess.Popen(command, env=stack.environ, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
    store_id = paying.stdout.readline().strip()
    for line in paying.stdout:
        if int(line) % (PAID // 4) == 0:
            for pid in stack.pids("worker"):
                os.kill(pid, signal.SIGKILL)
    assert paying.wait() == 0
    wait_until_read(stack)
    counted = stack.rows(
        f"SELECT sum(revenue_minor), sum(orders) FROM insight_salestotal WHERE place_id = '{store_id}' AND grain = 'D'"
    )
    assert counted == [(PAID // 2 * (1290 + 250), PAID)]


def test_the_books_agree_after_all_of_it(stack, shop):
    wait_until_read(stack)
    checked = stack.sitong("check-books")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_ctrl_c_stops_all_of_it_and_frees_the_port(stack, shop):
    assert stack.end() == 0
    assert stack.pids("worker") == []
    assert not stack.cluster.runs()
    said = (stack.var / "up.log").read_text()
    assert said.rstrip().endswith("Everything has stopped.")
    stack.up()


def wait_until_read(stack):
    """Wait until every subscriber has read every event."""
    behind = "SELECT count(*) FROM shared_cursor c WHERE EXISTS (SELECT FROM shared_event e WHERE (e.transaction, e.seq) > (c.transaction, c.seq))"
    until = time.monotonic() + 20
    while stack.rows(behind) != [(0,)]:
        assert time.monotonic() < until, stack.rows("SELECT subscriber, transaction, seq FROM shared_cursor")
        time.sleep(0.1)


def test_keys_rotate_while_orders_are_placed(stack, shop):
    load = Load(stack, shop, ORDERS_EACH)
    first = stack.pids("web")
    load.run(lambda: rotate(stack))
    assert len(load.acknowledged) == CALLERS * ORDERS_EACH
    until = time.monotonic() + 20
    while stack.pids("web") in ([], first) and time.monotonic() < until:
        time.sleep(0.1)
    stack.wait_until_ready()
    assert len(stack.pids("web")) == 1
    assert load.send_all_again() == load.acknowledged
    assert stack.pids("web") != first
    assert {phone[:2] for (phone,) in stack.rows("SELECT phone FROM member_member")} == {"2:"}


def rotate(stack):
    done = stack.sitong("keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert "The running platform takes it up now." in done.stdout
