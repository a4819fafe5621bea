"""The documents that are made from the code: docs/settings.md, docs/map.md, docs/lake-schema.md, docs/openapi.json."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings

from sitong.insight.lake.document import schema_page
from sitong.shared.config import REGISTER

HOUSE = Path(__file__).resolve().parents[1]
WORDS = ("console", "insight", "distribution", "community", "scene", "marketing", "member", "goods", "org", "shared")
PUBLIC_FILES = {"queries": "Asks", "actions": "Does", "rules": "Reckons", "events": "Announces", "handlers": "Hears"}


def generated() -> Iterator[tuple[str, str]]:
    """Give each document's name and text."""
    yield "settings.md", settings_page()
    yield "map.md", map_page()
    yield "lake-schema.md", schema_page()
    yield "openapi.json", openapi_document()


def import_declarations() -> None:
    """Import every module that declares a setting, so that all of them are in the register."""
    for file in sorted(HOUSE.glob("**/*.py")):
        if "sitong.shared.config import" in file.read_text(encoding="utf-8") and file != Path(__file__):
            import_module(".".join(file.relative_to(HOUSE.parent).with_suffix("").parts).removesuffix(".__init__"))


def settings_page() -> str:
    """Make docs/settings.md: one row for each environment variable."""
    import_declarations()
    rows = [f"| `{one.name}` | {_default(one.default)} | {one.meaning} |" for _, one in sorted(REGISTER.items())]
    return (
        (
            "# Settings\n\nMade by `make docs` from the register in `sitong/shared/config.py`. Each is an environment variable;\n"
            "`sitong settings` prints them with their values.\n\n| Name | Default | Meaning |\n|---|---|---|\n"
        )
        + "\n".join(rows)
        + "\n"
    )


def _default(text: str) -> str:
    text = text.replace(str(settings.CHECKOUT), ".").replace(os.path.expanduser("~"), "~")
    return f"`{text}`" if text else "(empty)"


def openapi_document() -> str:
    """Make docs/openapi.json, the API of every topic in one document."""
    from sitong.console.api import api

    return (
        json.dumps(
            api.get_openapi_schema(path_prefix="/api/v1/"), indent=1, ensure_ascii=False, sort_keys=True, default=str
        )
        + "\n"
    )


def map_page() -> str:
    """Make docs/map.md: each word, its topics, and what each of them offers, in its own words."""
    lines = [
        "# Map",
        "",
        "Made by `make docs` from the docstrings. Words stand in the order of the layers: calls go down only.",
        "",
    ]
    for word in WORDS:
        folder = HOUSE / word
        if folder.is_dir():
            lines += [f"## {word}", "", _first_line(folder / "__init__.py"), ""]
            for topic in _topics(folder):
                lines += list(_topic_lines(topic))
    return "\n".join(lines).rstrip() + "\n"


def _topics(folder: Path) -> list[Path]:
    skipped = {"migrations", "templates", "static", "locale", "templatetags", "actions"}
    return [found.parent for found in sorted(folder.glob("*/__init__.py")) if found.parent.name not in skipped]


def _topic_lines(topic: Path) -> Iterator[str]:
    yield f"### {topic.parent.name}.{topic.name}"
    yield ""
    if said := _first_line(topic / "__init__.py"):
        yield said
        yield ""
    for name, about in _classes(topic / "models.py"):
        yield f"- table `{name}`: {about}"
    for file, verb in PUBLIC_FILES.items():
        found = [one for source in _sources(topic, file) for one in _public(source)]
        if found:
            yield f"- {verb} (`{file}`): {', '.join(f'`{one}`' for one in found)}"
    yield ""


def _sources(topic: Path, file: str) -> list[Path]:
    return [
        path
        for path in [topic / f"{file}.py", *sorted((topic / file).glob("*.py"))]
        if path.exists() and path.name != "__init__.py"
    ]


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8")) if file.exists() else ast.Module([], [])


def _first_line(node: Path | Any) -> str:
    said = ast.get_docstring(_tree(node) if isinstance(node, Path) else node) or ""
    return said.split("\n")[0]


def _classes(file: Path) -> list[tuple[str, str]]:
    return [
        (node.name, _first_line(node))
        for node in _tree(file).body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(one, ast.Attribute) and one.attr == "Model" for one in node.bases)
    ]


def _public(file: Path) -> list[str]:
    kinds = ast.ClassDef if file.stem == "events" else ast.FunctionDef | ast.AsyncFunctionDef
    return [node.name for node in _tree(file).body if isinstance(node, kinds) and not node.name.startswith("_")]
