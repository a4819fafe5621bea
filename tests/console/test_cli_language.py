"""The command line speaks both languages, wholly."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sitong.console.cli import COMMANDS
from sitong.console.cli.chinese import CHINESE
from sitong.console.cli.language import chosen

HOUSE = Path(__file__).parents[2] / "sitong"
SOURCES = [*sorted((HOUSE / "console/cli").glob("*.py")), *sorted((HOUSE / "console").glob("supervise*.py"))]


def sentences():
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {
                "say",
                "tell",
            }:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield first.value


def run(*arguments, **environ):
    env = {**os.environ, **environ}
    return subprocess.run(
        [sys.executable, "-m", "sitong", *arguments], capture_output=True, text=True, env=env, check=False
    )


def test_every_sentence_has_its_chinese():
    said = list(sentences())
    assert len(said) > 100
    assert [text for text in said if text not in CHINESE] == []


def test_translations_carry_the_same_facts():
    def facts(text):
        return sorted(re.findall(r"\{\w+", text))

    assert [english for english, chinese in CHINESE.items() if facts(english) != facts(chinese)] == []


def test_no_translation_is_left_over():
    text = "\n".join(file.read_text() for file in SOURCES if file.name != "chinese.py")
    clicks = set(CHINESE) - set(sentences())
    assert [one for one in clicks if one in text and len(one) > 20] == []
    assert len(clicks) < 40


@pytest.mark.parametrize(
    ("arguments", "environ", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "C.UTF-8"}, "en"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ([], {"LANG": "en_US.UTF-8", "SITONG_LANG": "zh"}, "zh"),
        (["--lang", "en", "up"], {"SITONG_LANG": "zh"}, "en"),
        (["--lang=zh"], {}, "zh"),
    ],
)
def test_the_language_is_asked_for_nearest_first(arguments, environ, language):
    assert chosen(arguments, environ) == language


@pytest.mark.parametrize("command", [*COMMANDS, "demo load", "demo accounts", "keys rotate"])
def test_help_of_each_command_is_chinese_for_a_chinese_reader(command):
    shown = run("--lang", "zh", *command.split(), "--help")
    assert shown.returncode == 0
    assert "Usage" not in shown.stdout
    assert "Options" not in shown.stdout
    for line in shown.stdout.splitlines()[2:]:
        words = re.sub(r"`[^`]*`|\[[A-Za-z|]*\]|--?[\w-]+|SITONG_\w+|[A-Za-z.]+/[\w./]+", "", line)
        assert re.search(r"[\u4e00-\u9fff]", line) or not re.search(r"[A-Za-z]{3,}", words), line


def test_a_wrong_option_is_answered_in_chinese():
    shown = run("--lang", "zh", "doctor", "--jso")
    assert shown.returncode == 2
    assert "错误：没有选项 '--jso'" in shown.stderr
