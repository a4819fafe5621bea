"""The demo app's id and secret, made once and kept in one file that both sides read."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

APP_ID = "wxdemo0000000001"
"""The app that the demo's payment account pays in, too: so whoever is known in it can receive money."""


def read_app(folder: Path) -> tuple[str, str]:
    """Give AppID and AppSecret from the folder's file, which is made (mode 0600) when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "wechat.json"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = json.loads(path.read_text())
        return kept["app_id"], kept["secret"]
    app = {"app_id": APP_ID, "secret": secrets.token_hex(16)}
    with os.fdopen(handle, "w") as file:
        json.dump(app, file)
    return app["app_id"], app["secret"]
