import json

import pytest

from tests.crash.stack import Stack


@pytest.fixture(scope="module")
def stack():
    """One platform for the whole module: each test kills some of it and finds it whole afterwards."""
    one = Stack.make()
    try:
        one.up()
        yield one
        one.end()
    finally:
        if one.process is not None and one.process.poll() is None:
            one.end()
        one.remove()


@pytest.fixture(scope="module")
def shop(stack):
    """A store with two goods in stock, and a consumer's token."""
    made = stack.python("tests/crash/seed.py", "100000")
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout.splitlines()[-1])
