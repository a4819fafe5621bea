"""A day of a two-step draw proves its winners: the true file is accepted, every other one is refused."""

import os
import subprocess
import sys

import pytest

from sitong.marketing.deals.proof import day_written, verify
from sitong.shared.proof.files import NotProven, proof_read, proof_written

SEED = bytes(range(32))
TERMS = {"deal": "香水拼团", "day": 1, "on": "2026-11-27", "prize": {"name": "香水", "value_minor": 29900}}
TICKETS = [f"T{i:04d}" for i in range(20)]


def written(tickets=TICKETS, winners_max=1, seed=SEED):
    return day_written(TERMS, seed=seed, tickets=tickets, winners_max=winners_max)


def test_a_true_draw_is_accepted():
    found = verify(proof_read(written()))
    assert found["tickets"] == 20
    assert len(found["winners"]) == 1
    assert set(found["winners"]) <= set(TICKETS)


def test_a_day_without_tickets_has_no_winner_and_proves_it():
    assert verify(proof_read(written(tickets=[])))["winners"] == []


def test_every_changed_byte_is_refused():
    true = written(tickets=["T1", "T2"])
    for at in range(len(true)):
        with pytest.raises(NotProven):
            verify(proof_read(true[:at] + bytes([true[at] ^ 1]) + true[at + 1 :]))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "other/1"}, "kind"),
        ({"seed": "00" * 32}, "commitment"),
        ({"seed": "xy"}, "commitment"),
        ({"tickets": TICKETS[:-1]}, "tickets"),
        ({"tickets": [*TICKETS, TICKETS[0]]}, "tickets"),
        ({"winners": ["T0000", "T0001"]}, "winners"),
        ({"winners_max": 2}, "winners"),
        ({"winners_max": True}, "winners"),
    ],
)
def test_a_file_with_a_digest_of_its_own_is_refused_all_the_same(change, why):
    forged = proof_written({**proof_read(written()), **change})
    with pytest.raises(NotProven) as refused:
        verify(proof_read(forged))
    assert refused.value.why == why


def test_what_the_file_says_beside_the_list_binds_the_draw():
    changed = [
        verify({**proof_read(day_written({**TERMS, "day": day}, seed=SEED, tickets=TICKETS, winners_max=1))})[
            "winners"
        ][0]
        for day in range(30)
    ]
    assert len(set(changed)) > 5


def run(*arguments):
    env = {**os.environ, "SITONG_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-m", "sitong", "draw", "verify", *map(str, arguments)], capture_output=True, text=True, env=env, check=False
    )  # fmt: skip


def test_the_command_accepts_the_true_file_and_refuses_a_changed_one(tmp_path):
    file = tmp_path / "day.json"
    file.write_bytes(written())
    done = run(file)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("TRUE")
    changed = bytearray(written())
    changed[-40] ^= 1
    file.write_bytes(changed)
    refused = run(file)
    assert refused.returncode == 1
    assert refused.stdout.startswith("NOT TRUE: The file was changed")
    file.write_bytes(written())
    assert run(file, "--commitment", "00").returncode == 1
