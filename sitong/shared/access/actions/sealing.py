"""Seal everything anew with another key, in bounded pieces, while the platform runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from sitong.shared.access.fields import EncryptedTextField, seal_with, unseal
from sitong.shared.access.scope import every_brand

PIECE = 2_000
FACTOR_SECRETS = ("secret", "seed")


def seal_anew(number: int) -> dict[str, int]:
    """Seal all personal data with the key of this number: each encrypted column, and the second factors' secrets.

    Pieces of 2,000 rows, each its own transaction; a row that somebody changes meanwhile keeps that change. May be run
    again after it was broken off: what is sealed with the key already is passed over. Gives rows by table.
    """
    done: dict[str, int] = {}
    with every_brand():
        for model, fields in sealed_columns():
            seal = _seal_column if isinstance(model._meta.pk, models.UUIDField) else _seal_few
            done[model._meta.db_table] = sum(seal(model, str(field.column), number) for field in fields)
        done[Authenticator._meta.db_table] = _seal_factors(number)
    return done


def sealed_columns() -> Iterator[tuple[type[models.Model], list[EncryptedTextField]]]:
    """Give every table with encrypted columns, by name."""
    for model in sorted(apps.get_models(), key=lambda model: model._meta.db_table):
        if fields := [field for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]:
            yield model, fields


def _seal_column(model: type[models.Model], column: str, number: int) -> int:
    table, key = sql.Identifier(model._meta.db_table), sql.Identifier(str(model._meta.pk.column))
    named = {"table": table, "key": key, "column": sql.Identifier(column)}
    read = sql.SQL(
        "SELECT {key}, {column} FROM {table} WHERE {column} <> '' AND {column} NOT LIKE %s AND (%s::uuid IS NULL OR {key} > %s) ORDER BY {key} LIMIT %s"
    ).format(**named)
    write = sql.SQL(
        "UPDATE {table} AS t SET {column} = n.fresh FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS n(id, old, fresh) "
        "WHERE t.{key} = n.id AND t.{column} = n.old"
    ).format(**named)
    changed, last = 0, None
    while rows := _rows(read, [f"{number}:%", last, last, PIECE]):
        fresh = [seal_with(unseal(old), number) for _, old in rows]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(write, [[id for id, _ in rows], [old for _, old in rows], fresh])
            changed += cursor.rowcount
        last = rows[-1][0]
    return changed


def _seal_few(model: type[models.Model], column: str, number: int) -> int:
    """Seal a column of a table that has no id of its own: such tables have few rows, told apart by what is sealed in them."""
    named = {"table": sql.Identifier(model._meta.db_table), "column": sql.Identifier(column)}
    read = sql.SQL("SELECT {column} FROM {table} WHERE {column} <> '' AND {column} NOT LIKE %s LIMIT %s").format(
        **named
    )
    write = sql.SQL(
        "UPDATE {table} AS t SET {column} = n.fresh FROM unnest(%s::text[], %s::text[]) AS n(old, fresh) WHERE t.{column} = n.old"
    ).format(**named)
    changed = 0
    while rows := _rows(read, [f"{number}:%", PIECE]):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(write, [[row[0] for row in rows], [seal_with(unseal(row[0]), number) for row in rows]])
            changed += cursor.rowcount
    return changed


def _seal_factors(number: int) -> int:
    """Seal the second factors' secrets, which stand inside of JSON, one row at a time: there are as many as staff."""
    changed = 0
    for id in Authenticator.objects.order_by("id").values_list("id", flat=True):
        with transaction.atomic():
            factor = Authenticator.objects.select_for_update().filter(id=id).first()
            stale = [
                key
                for key in FACTOR_SECRETS
                if factor and factor.data.get(key) and not factor.data[key].startswith(f"{number}:")
            ]
            if factor and stale:
                factor.data.update({key: seal_with(unseal(factor.data[key]), number) for key in stale})
                factor.save(update_fields=["data"])
                changed += 1
    return changed


def _rows(query: sql.Composed, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
