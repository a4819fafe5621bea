"""Seal what older keys have sealed with the current one."""

from __future__ import annotations

from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction

from sitong.shared.access.fields import EncryptedTextField, seal, unseal
from sitong.shared.access.scope import every_brand

BATCH = 1_000
FIRST = UUID(int=0)


def seal_anew(number: int) -> dict[str, int]:
    """Seal every personal text anew with key `number`, in small transactions. Gives "table.column" → rows changed.

    A row that somebody changes meanwhile is left alone: it was sealed with a current key then. May be run again.
    """
    changed: dict[str, int] = {}
    with every_brand():
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, EncryptedTextField):
                    changed[f"{model._meta.db_table}.{field.column}"] = _seal_column(model, str(field.column), number)
    return changed


def _seal_column(model: type[models.Model], column: str, number: int) -> int:
    table, key = model._meta.db_table, model._meta.pk.column
    read = f"SELECT {key}, {column} FROM {table} WHERE {key} > %s AND {column} <> '' AND {column} NOT LIKE %s ORDER BY {key} LIMIT {BATCH}"  # noqa: S608
    write = f"""UPDATE {table} t SET {column} = new.sealed FROM unnest(%s::uuid[], %s::text[], %s::text[]) new (id, old, sealed)
                WHERE t.{key} = new.id AND t.{column} = new.old"""  # noqa: S608 - names from the models
    changed, last = 0, FIRST
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(read, [last, f"{number}:%"])
            rows = cursor.fetchall()
            if not rows:
                return changed
            ids, old = [row[0] for row in rows], [row[1] for row in rows]
            cursor.execute(write, [ids, old, [seal(unseal(text)) for text in old]])
            changed += cursor.rowcount
            last = ids[-1]
