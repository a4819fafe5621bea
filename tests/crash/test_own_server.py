"""With DATABASE_URL set, `sitong up` uses that server and leaves it alone."""

import pytest
from django.conf import settings

from tests.crash.stack import Stack

pytestmark = pytest.mark.crash


def test_a_server_of_ones_own_is_used_and_goes_on_running(cluster):
    stack = Stack.make(
        DATABASE_URL=cluster.url("sitong", settings.APP_ROLE),
        DATABASE_OWNER_URL=cluster.url("sitong", settings.OWNER_ROLE),
    )
    try:
        stack.up()
        assert not (stack.var / "postgres").exists()
        assert stack.end() == 0
        assert cluster.runs()
        assert "database" not in (stack.var / "up.log").read_text().replace("The database is up to date.", "")
    finally:
        stack.remove()


def test_without_the_owner_s_address_waiting_migrations_are_said(cluster):
    stack = Stack.make(DATABASE_URL=cluster.url("postgres", settings.APP_ROLE))
    try:
        done = stack.sitong("up")
        assert done.returncode == 1
        assert "migrations wait, and DATABASE_OWNER_URL is not set" in done.stderr
        assert "Sitong cannot start" in done.stderr
    finally:
        stack.remove()
