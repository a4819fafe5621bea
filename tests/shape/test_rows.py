"""Rows change only in actions: no other module writes through the ORM or says INSERT, UPDATE, DELETE, TRUNCATE or COPY FROM."""

from __future__ import annotations

import ast
import re

import pytest

from tests.shape.tree import SITONG, is_action_module, parsed, python_files, where

WRITING_METHODS = {"bulk_create", "bulk_update", "get_or_create", "update_or_create", "abulk_create"}
QUERYSET_WRITES = {"create", "update", "delete"}
WRITING_SQL = re.compile(
    r"\b(INSERT\s+INTO|UPDATE\s+\w+\s+(AS\s+\w+\s+)?SET|UPDATE\s+\w+\s+\w+\s+SET|DELETE\s+FROM|TRUNCATE|COPY\s+\w+\s*\([^)]*\)\s+FROM)\b",
    re.IGNORECASE,
)
MAY_WRITE = {
    "shared/access/walls.py": "grants and policies of the owner, no rows",
    "shared/access/setup.py": "roles and the database itself",
    "scene/payments/demo/till.py": "the demo provider's own SQLite file, not our database",
    "scene/payments/demo/transfers.py": "the same file",
}


def writes(tree: ast.AST) -> list[tuple[ast.AST, str]]:
    """Find what writes: ORM writes on a manager or queryset, `.save()`, and SQL texts."""
    found: list[tuple[ast.AST, str]] = []
    docstrings = {id(node.body[0].value) for node in ast.walk(tree)
                  if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                  and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, chain = node.func.attr, ast.unparse(node.func.value)
            on_rows = ".objects" in chain or ".filter(" in chain or ".exclude(" in chain
            if (
                name in WRITING_METHODS
                or (name in QUERYSET_WRITES and on_rows)
                or (name == "save" and not node.args and "form" not in chain and "book" not in chain)
            ):
                found.append((node, f".{name}()"))
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and WRITING_SQL.search(node.value)
        ):
            found.append((node, "SQL"))
    return found


def test_rows_change_only_in_actions():
    wrong = [
        f"{where(file, node)} {what}"
        for file in python_files()
        if not is_action_module(file) and str(file.relative_to(SITONG)) not in MAY_WRITE
        for node, what in writes(parsed(file))
    ]
    assert wrong == []


@pytest.mark.parametrize("text", [
    "Order.objects.create(id=1)",
    "Order.objects.filter(id=1).update(state='paid')",
    "order.save()",
    "cursor.execute('INSERT INTO scene_order VALUES (1)')",
    "cursor.execute('UPDATE goods_level AS l SET held = 0')",
    "Level.objects.bulk_create([])",
])  # fmt: skip
def test_the_test_itself_sees_a_write(text):
    assert writes(ast.parse(text))
