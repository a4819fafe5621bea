"""The house's limits: file and function length, documented keyword-only actions, documented tables, pure rules."""

from __future__ import annotations

import ast

from tests.shape.tree import ROOT, functions, is_action_module, parsed, python_files, where

LINES_PER_FILE = 400
LINES_PER_FUNCTION = 70
IMPURE = ("django", "sitong.shared.clock", "os", "random", "time", "socket", "requests", "httpx", "psycopg", "pathlib")


def test_no_file_is_longer_than_400_lines():
    long = {str(file.relative_to(ROOT)): count for file in [*python_files(), *ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/*.py")]
            if (count := len(file.read_text().splitlines())) > LINES_PER_FILE}  # fmt: skip
    assert long == {}


def test_no_function_is_longer_than_70_lines():
    long = [f"{where(file, function)} {function.name}: {function.end_lineno - function.lineno + 1}"
            for file in python_files() for function in functions(parsed(file))
            if function.end_lineno - function.lineno + 1 > LINES_PER_FUNCTION]  # fmt: skip
    assert long == []


def test_public_actions_are_documented_and_take_their_options_by_keyword():
    wrong = []
    for file in python_files():
        if not is_action_module(file):
            continue
        for node in parsed(file).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                wrong.append(f"{where(file, node)} {node.name}: no docstring")
            if len(node.args.args) > 2:
                wrong.append(f"{where(file, node)} {node.name}: more than two positional parameters")
            if any(argument.arg in {"by", "now", "at"} for argument in node.args.args):
                wrong.append(f"{where(file, node)} {node.name}: by and now are keyword-only")
            if any(
                isinstance(default, ast.Constant) and isinstance(default.value, bool)
                for default in [*node.args.defaults, *node.args.kw_defaults]
            ):
                wrong.append(f"{where(file, node)} {node.name}: a flag switches behavior; make two verbs")
    assert wrong == []


def test_tables_say_what_one_row_means():
    wrong = [
        f"{where(file, node)} {node.name}"
        for file in python_files()
        if file.name == "models.py"
        for node in parsed(file).body
        if isinstance(node, ast.ClassDef)
        and any("models.Model" in ast.unparse(base) for base in node.bases)
        and not ast.get_docstring(node)
    ]
    assert wrong == []


def test_rules_are_pure():
    wrong = []
    for file in python_files():
        if file.name != "rules.py":
            continue
        for node in ast.walk(parsed(file)):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            wrong += [f"{where(file, node)} {name}" for name in names if name.split(".")[0] in IMPURE or name in IMPURE]
    assert wrong == []


def test_now_is_read_at_the_edges_only():
    """Actions, rules and queries take `now`; reading a clock in them would make them untestable."""
    wrong = [
        f"{where(file, node)}"
        for file in python_files()
        if is_action_module(file) or file.name in {"rules.py", "handlers.py"}
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"datetime.now", "timezone.now", "clock.now", "time.time"}
    ]
    assert wrong == []


def test_every_module_says_what_it_holds():
    bare = [str(file.relative_to(ROOT)) for file in python_files()
            if file.read_text().strip() and file.name not in {"apps.py", "__main__.py"} and not ast.get_docstring(parsed(file))]  # fmt: skip
    assert bare == []
