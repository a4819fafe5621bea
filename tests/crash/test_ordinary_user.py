"""Who is not root runs all of it too."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from tests.crash.stack import CHECKOUT, Stack

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv to become an ordinary user"
    ),
]


def test_an_ordinary_user_starts_the_platform_and_stops_it():
    home = Path(tempfile.mkdtemp(prefix="sitong-ordinary-"))
    os.chown(home, NOBODY, NOBODY)
    more = {"SITONG_VAR": str(home / "var"), "TMPDIR": str(home), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    more["PYTHONPATH"] = os.pathsep.join([str(CHECKOUT), sysconfig.get_path("purelib")])
    stack = Stack.make(**more)
    shutil.rmtree(stack.var)
    stack.var, stack.command = home / "var", (*AS_NOBODY, readable_python(more))
    stack.var.mkdir()
    os.chown(stack.var, NOBODY, NOBODY)
    try:
        stack.up()
        examined = stack.sitong("doctor").stdout
        assert "✓ The role sitong_app is no superuser and owns nothing." in examined
        assert "✗" not in examined
        assert {path.stat().st_uid for path in (stack.var / "postgres").iterdir()} == {NOBODY}
        assert stack.end() == 0
    finally:
        stack.remove()
        shutil.rmtree(home, ignore_errors=True)


def readable_python(environ):
    """Give a Python of our version that the account may run, and that it may run again from there."""
    again = "import subprocess, sys, django, sitong; subprocess.run([sys.executable, '-c', 'import django, sitong'], check=True)"
    for python in (sys.executable, f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}"):
        command = [*AS_NOBODY, python, "-c", again]
        if (
            shutil.which(python)
            and not subprocess.run(
                command, cwd="/", env={**os.environ, **environ}, capture_output=True, check=False
            ).returncode
        ):
            return python
    pytest.skip("the account nobody may not read this checkout and its Python")
