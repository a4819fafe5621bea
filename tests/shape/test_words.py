"""Refusals in both languages, settings documented, import contracts kept, folders of the house known."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

from django.conf import settings
from django.utils import translation

from sitong.shared.config import REGISTER
from sitong.shared.errors import SENTENCES
from tests.shape.tree import ROOT, SITONG, WORDS, parsed, python_files, refusal_codes, where

HOUSE = ["console", "insight", "distribution", "community", "scene", "marketing", "member", "goods", "org", "shared"]
TOPIC_FILES = {"models", "rules", "actions", "queries", "events", "handlers", "api", "pages", "admin"}


def test_every_refusal_has_its_sentence_in_both_languages():
    missing = []
    for code, place in refusal_codes().items():
        if code not in SENTENCES:
            missing.append(f"{code} ({place}): no sentence")
            continue
        with translation.override("en"):
            english = str(SENTENCES[code])
        with translation.override("zh-hans"):
            chinese = str(SENTENCES[code])
        if not re.search("[\u4e00-\u9fff]", chinese):
            missing.append(f"{code}: no Chinese")
        if set(re.findall(r"{(\w+)}", english)) != set(re.findall(r"{(\w+)}", chinese)):
            missing.append(f"{code}: the two sentences name different facts")
    assert missing == []


def test_no_sentence_is_left_over_from_a_code_that_is_gone():
    assert sorted(set(SENTENCES) - set(refusal_codes()) - {"shared.malformed"}) == []


def test_every_setting_is_documented():
    page = (ROOT / "docs" / "settings.md").read_text()
    assert [name for name in REGISTER if f"`{name}`" not in page] == []
    assert all(entry.meaning.endswith(".") for entry in REGISTER.values())


def test_the_environment_is_read_through_the_register_only():
    readers = [
        str(file.relative_to(ROOT))
        for file in SITONG.rglob("*.py")
        if re.search(r"os\.(environ\.get|getenv|environ\[)", file.read_text())
    ]
    assert [
        file
        for file in readers
        if file not in {"sitong/shared/config.py"} and "/cli/" not in file and "supervise" not in file
    ] == []


def test_words_are_the_mission_s_words():
    assert [word for word in WORDS if word not in HOUSE] == []
    assert sorted(settings.WORDS) == WORDS


def test_import_contracts_hold():
    done = subprocess.run([sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
                          cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]


def test_no_two_schemas_of_the_api_share_a_name():
    """One document has one place for a name: the second would silently take the first one's."""
    found = {}
    for file in python_files():
        for node in parsed(file).body:
            if isinstance(node, ast.ClassDef) and file.name.endswith(("schemas.py", "api.py", "asked.py")):
                found.setdefault(node.name, []).append(where(file, node))
    public = {name: places for name, places in found.items() if name.endswith(("In", "Out"))}
    assert {name: places for name, places in public.items() if len(places) > 1} == {}
