"""Laws of codes: FF1 as the standard has it, every number has its own code, and nothing but a code is one."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from sitong.goods.codes.cipher import HALF_MASK, Permutation
from sitong.goods.codes.ranges import gathered, overlapping, size_of, uncovered
from sitong.goods.codes.rules import (
    ALPHABET,
    LENGTH,
    NUMBERS_MAX,
    SIDES,
    Named,
    links_of,
    open_code,
    read_written,
    write_code,
)

KEYS = st.binary(min_size=32, max_size=32)
HALVES = st.integers(0, HALF_MASK)
NAMED = st.builds(Named, st.integers(1, 31), st.integers(0, NUMBERS_MAX - 1), st.sampled_from(SIDES))
RANGES = st.tuples(st.integers(1, 60), st.integers(0, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def ff1(key: bytes, tweak: bytes, digits: list[int], radix: int) -> list[int]:
    """FF1.Encrypt step by step, as NIST SP 800-38G writes it: what the arrays are compared with."""
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    number = lambda part: int("".join(f"{one:x}" for one in part), radix) if part else 0  # noqa: E731
    n, u = len(digits), len(digits) // 2
    v = n - u
    left, right = digits[:u], digits[u:]
    b = math.ceil(math.ceil(v * math.log2(radix)) / 8)
    d = 4 * math.ceil(b / 4) + 4
    p = (
        bytes([1, 2, 1])
        + radix.to_bytes(3, "big")
        + bytes([10, u % 256])
        + n.to_bytes(4, "big")
        + len(tweak).to_bytes(4, "big")
    )
    for turn in range(10):
        q = tweak + bytes((-len(tweak) - b - 1) % 16) + bytes([turn]) + number(right).to_bytes(b, "big")
        r = bytes(16)
        for at in range(0, len(p + q), 16):
            r = block.update(bytes(x ^ y for x, y in zip((p + q)[at : at + 16], r, strict=True)))
        assert d <= 16
        m = u if turn % 2 == 0 else v
        c = (number(left) + int.from_bytes(r[:d], "big")) % radix**m
        left, right = right, [c // radix**place % radix for place in range(m - 1, -1, -1)]
    return left + right


@pytest.mark.parametrize(("tweak", "wanted"), [("", "2433477484"), ("39383736353433323130", "6124200773")])
def test_the_reference_gives_the_standard_s_own_samples(tweak, wanted):
    key = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
    assert "".join(map(str, ff1(key, bytes.fromhex(tweak), list(range(10)), 10))) == wanted


@given(KEYS, HALVES, HALVES)
def test_one_number_is_encrypted_as_the_standard_does_it(key, left, right):
    bits = [int(bit) for bit in f"{left:040b}{right:040b}"]
    found = Permutation(key).hide(left, right)
    assert f"{found[0]:040b}{found[1]:040b}" == "".join(map(str, ff1(key, b"", bits, 2)))


@given(KEYS, st.lists(st.tuples(HALVES, HALVES), max_size=40))
def test_whole_arrays_give_what_single_numbers_give_and_come_back(key, pairs):
    permutation = Permutation(key)
    left = np.array([one for one, _ in pairs], dtype=np.uint64)
    right = np.array([other for _, other in pairs], dtype=np.uint64)
    hidden = permutation.hide_all(left, right)
    assert list(zip(*(half.tolist() for half in hidden), strict=True)) == [permutation.hide(*pair) for pair in pairs]
    assert [half.tolist() for half in permutation.show_all(*hidden)] == [left.tolist(), right.tolist()]


@given(KEYS, NAMED)
def test_a_code_says_what_was_written_in_it(key, named):
    letters = write_code(Permutation(key), named)
    assert len(letters) == LENGTH
    assert open_code(Permutation(key), named.generation, letters) == named
    assert permutation_gives_other_codes_for_the_other_side(key, named)


def permutation_gives_other_codes_for_the_other_side(key, named):
    other = Named(named.generation, named.number, SIDES[1 - SIDES.index(named.side)])
    return write_code(Permutation(key), named) != write_code(Permutation(key), other)


@given(KEYS, st.sets(st.integers(0, NUMBERS_MAX - 1), min_size=2, max_size=30))
def test_different_numbers_have_different_codes(key, numbers):
    permutation = Permutation(key)
    assert len({write_code(permutation, Named(1, number, "outer")) for number in numbers}) == len(numbers)


@given(KEYS, NAMED, st.integers(1, LENGTH - 1), st.sampled_from(ALPHABET))
def test_a_code_with_one_changed_letter_is_none(key, named, place, letter):
    letters = write_code(Permutation(key), named)
    changed = letters[:place] + letter + letters[place + 1 :]
    assert open_code(Permutation(key), named.generation, changed) == (named if letter == letters[place] else None)


@given(KEYS, KEYS, NAMED)
def test_a_code_made_with_another_key_is_none(key, other, named):
    letters = write_code(Permutation(key), named)
    assert open_code(Permutation(other), named.generation, letters) == (named if key == other else None)


@given(KEYS, st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH))
def test_what_somebody_makes_up_is_none(key, letters):
    assert open_code(Permutation(key), 1, letters) is None


@given(
    KEYS,
    NAMED,
    st.sampled_from(["http://127.0.0.1:8000", "https://c.example.cn", "https://x.cn/"]),
    st.sampled_from(["sitong", "a-b"]),
)
def test_every_form_of_a_code_is_read(key, named, site, brand_code):
    letters = write_code(Permutation(key), named)
    link, digital = links_of(letters, site=site, brand_code=brand_code, gtin="06901234567892")
    for text in (
        letters,
        letters.lower(),
        f" {letters[:6]}-{letters[6:]} ",
        letters.replace("0", "o").replace("1", "l"),
        link,
    ):
        assert read_written(text).letters == letters
        assert read_written(text).gtin is None
    for text in (digital, digital.lower(), f"{digital}?utm=1", f"https://id.gs1.org/01/06901234567892/21/{letters}"):
        assert (read_written(text).letters, read_written(text).gtin) == (letters, "06901234567892")


@pytest.mark.parametrize(
    "text", ["", "https://x.cn/other/ABC", "U" * LENGTH, "0" * (LENGTH + 1), "//", "{}", "一" * LENGTH]
)
def test_what_is_no_code_is_not_read(text):
    assert read_written(text) is None


@given(RANGES, st.lists(RANGES, max_size=6))
def test_what_is_uncovered_is_all_that_the_others_leave(wanted, others):
    parts = uncovered(wanted, others)
    held = {serial for first, last in others for serial in range(first, last + 1)}
    left = [serial for serial in range(wanted[0], wanted[1] + 1) if serial not in held]
    assert [serial for first, last in parts for serial in range(first, last + 1)] == left
    assert size_of(parts) == len(left)
    assert all(overlapping(part, others) is None for part in parts)


@given(st.lists(st.integers(1, 50)))
def test_gathered_serials_are_the_same_serials(serials):
    ranges = gathered(serials)
    assert [serial for first, last in ranges for serial in range(first, last + 1)] == sorted(set(serials))
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(ranges))
