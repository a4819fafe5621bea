"""An accepted file is linked by itself; a worker does what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid5

from sitong.member.imports.events import ImportAccepted
from sitong.member.linking.actions import link_import
from sitong.member.linking.working import work_on_runs
from sitong.shared.clock import now as present
from sitong.shared.errors import Refused
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on


@on(ImportAccepted, subscriber="member.link_imports")
def ask(events: Sequence[ImportAccepted]) -> None:
    """Ask for the file's records to be linked, once."""
    for event in events:
        try:
            link_import(event.import_id, run_id=uuid5(event.import_id, "link"), by=None, now=present())
        except Refused:
            continue


@every(2, "member.link")
def work(now: datetime) -> None:
    """Link what waits."""
    work_on_runs(now=now)
