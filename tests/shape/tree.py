"""The source tree as the shape tests see it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITONG = ROOT / "sitong"
WORDS = sorted(folder.name for folder in SITONG.iterdir() if (folder / "__init__.py").exists())


def python_files() -> list[Path]:
    """Every module of the product, without migrations."""
    return sorted(file for file in SITONG.rglob("*.py") if "migrations" not in file.parts)


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), filename=str(file))


def where(file: Path, node: ast.AST) -> str:
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def is_action_module(file: Path) -> bool:
    return file.name == "actions.py" or "actions" in file.parent.parts[-1:]


def refusal_codes() -> dict[str, str]:
    """Each code of a refusal class, and where it stands."""
    found = {}
    for file in python_files():
        for node in ast.walk(parsed(file)):
            if not isinstance(node, ast.ClassDef):
                continue
            for item in node.body:
                target = (
                    item.targets[0]
                    if isinstance(item, ast.Assign)
                    else item.target
                    if isinstance(item, ast.AnnAssign)
                    else None
                )
                value = getattr(item, "value", None)
                if (
                    isinstance(target, ast.Name)
                    and target.id == "code"
                    and isinstance(value, ast.Constant)
                    and isinstance(value.value, str)
                ):
                    found[value.value] = where(file, item)
    return found
