"""Files that are linked, and pairs that wait for a person, made through their actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.member.imports.models import ImportFile
from sitong.member.linking.actions import DecisionWanted, decide_pair, link_import
from sitong.member.linking.models import LinkDecision, LinkPair, LinkRun
from sitong.member.linking.working import work_on
from sitong.shared.ids import new_id
from tests.make.imports import an_accepted
from tests.make.org import NOW

HEAD = "姓名,手机,邮箱,生日,城市,地址,会员卡号"


def a_file(brand: Any, lines: Sequence[str], *, now: datetime = NOW, **said: Any) -> ImportFile:
    """An accepted file of these lines: name, phone, e-mail, birthday, city, address, card."""
    return an_accepted(brand, "\n".join([HEAD, *lines, ""]).encode(), now=now, **said)


def a_run(file: ImportFile, *, by: UUID | None = None, now: datetime = NOW) -> LinkRun:
    """A run that is asked for."""
    return link_import(file.id, run_id=new_id(), by=by, now=now)


def linked(file: ImportFile, *, now: datetime = NOW) -> LinkRun:
    """A file whose records were linked; gives the run."""
    run = a_run(file, now=now)
    assert work_on(run.id, now=now)
    return LinkRun.objects.get(id=run.id)


def decided(pair: LinkPair, verdict: str, *, by: UUID | None = None, now: datetime = NOW) -> LinkDecision:
    """What a person said of a pair."""
    return decide_pair(DecisionWanted(new_id(), pair.id, verdict), by=by or new_id(), now=now)
