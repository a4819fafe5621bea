"""Draws that anybody can compute again: unbiased, repeatable, and none of a file's bytes can be changed unseen."""

import hashlib
import hmac
from collections import Counter

import pytest
from scipy.stats import chisquare

from sitong.shared.proof.files import NotProven, proof_read, proof_written
from sitong.shared.proof.rules import chosen, commitment_of, digest_of, number_below

SEED = bytes(range(32))


def test_a_commitment_is_the_sha256_of_the_seed():
    assert commitment_of(SEED) == hashlib.sha256(SEED).hexdigest()
    assert commitment_of(SEED) == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"


def test_a_number_is_the_first_block_that_is_small_enough():
    i, n = 0, 200
    while (number := hmac.digest(SEED, b"day 1" + i.to_bytes(8, "big"), "sha256")[0]) >= n:
        i += 1
    assert number_below(SEED, b"day 1", n) == number
    assert number_below(SEED, b"day 1", n) == number_below(SEED, b"day 1", n)


def test_only_one_number_is_below_one_and_none_below_zero():
    assert number_below(SEED, b"", 1) == 0
    assert 0 <= number_below(SEED, b"", 1 << 256) < 1 << 256
    for n in (0, -1, (1 << 256) + 1):
        with pytest.raises(ValueError, match="cannot draw"):
            number_below(SEED, b"", n)


@pytest.mark.parametrize("n", [2, 3, 7, 10, 100, 129, 255, 257])
def test_all_numbers_are_equally_likely(n):
    drawn = Counter(number_below(SEED, b"chi %d" % i, n) for i in range(300 * n if n < 50 else 100 * n))
    assert set(drawn) == set(range(n))
    assert chisquare([drawn[i] for i in range(n)]).pvalue > 0.001


def test_neighbours_in_the_message_are_independent():
    pairs = Counter((number_below(SEED, b"a%d" % i, 4), number_below(SEED, b"a%d" % (i + 1), 4)) for i in range(16_000))
    assert chisquare(list(pairs.values())).pvalue > 0.001


def test_chosen_tickets_are_drawn_once_each_and_all_orders_are_equally_likely():
    drawn = Counter(tuple(chosen(SEED, b"order %d" % i, "ABCD", 2)) for i in range(12_000))
    assert len(drawn) == 12
    assert chisquare(list(drawn.values())).pvalue > 0.001


def test_every_ticket_wins_as_often_as_every_other():
    tickets = [f"T{i}" for i in range(20)]
    won = Counter(chosen(SEED, b"day %d" % i, tickets, 1)[0] for i in range(10_000))
    assert chisquare([won[one] for one in tickets]).pvalue > 0.001


def test_no_more_are_chosen_than_there_are():
    assert chosen(SEED, b"", [], 3) == []
    assert sorted(chosen(SEED, b"", ["a", "b"], 3)) == ["a", "b"]
    assert chosen(SEED, b"", ["a", "b"], 0) == []


def test_a_digest_knows_the_order_and_the_ends_of_lines():
    assert digest_of(["a", "b"]) == hashlib.sha256(b"a\nb\n").hexdigest()
    assert digest_of(["a", "b"]) != digest_of(["b", "a"]) != digest_of(["ba"])


def test_a_file_is_read_as_it_was_written():
    content = {"kind": "some/1", "name": "香水 “一号”", "list": ["a", "b"], "n": 3}
    assert proof_read(proof_written(content)) == {**content, "digest": proof_read(proof_written(content))["digest"]}


def test_no_byte_of_a_file_can_be_changed():
    written = proof_written({"kind": "some/1", "name": "香水", "list": ["a"], "n": 3})
    for at in range(len(written)):
        for bit in range(8):
            with pytest.raises(NotProven):
                proof_read(written[:at] + bytes([written[at] ^ 1 << bit]) + written[at + 1 :])
    for wrong in (written[:-1], written + b"\n", b" " + written, b"", b"[]", b"{}", b'{"kind":NaN}', b"[" * 100_000):
        with pytest.raises(NotProven):
            proof_read(wrong)
