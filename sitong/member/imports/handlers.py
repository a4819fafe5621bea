"""What imports do with time."""

from __future__ import annotations

from datetime import datetime

from sitong.member.imports.actions import continue_imports, forget_bad_lines
from sitong.shared.events.periodic import every


@every(2, "member.work_on_imports")
def work(now: datetime) -> None:
    continue_imports(now=now)


@every(3_600, "member.forget_import_lines")
def forget(now: datetime) -> None:
    forget_bad_lines(now=now)
