"""Roles and database of a server: made once by a superuser, then the owner migrates and the application's role works."""

from __future__ import annotations

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from sitong.shared.access.walls import build_walls


def make_roles_and_database(superuser_url: str, database: str) -> None:
    """Make the two roles (owner, application) and the database, where missing. Needs a superuser; may be run again."""
    owner, app = settings.OWNER_ROLE, settings.APP_ROLE
    with psycopg.connect(superuser_url, autocommit=True) as server:
        for role in (owner, app):
            if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            server.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(owner))
            )


def migrate(*, verbosity: int = 0) -> None:
    """Bring the tables up to date as the owner and build the walls for the application's role."""
    call_command("migrate", database="owner", verbosity=verbosity, interactive=False)
    build_walls(connections["default"].settings_dict["USER"] or settings.APP_ROLE)
