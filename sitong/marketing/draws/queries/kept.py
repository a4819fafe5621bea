"""What a process keeps of draws between batches: it is good as long as the version under the lock is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from sitong.marketing.draws.playing import DrawTerms
from sitong.marketing.draws.rules import DrawRules, rules_read
from sitong.shared.access.fields import unseal
from sitong.shared.statements import run, uuids

KEPT_MAX = 2_000
READ = """
SELECT d.id, d.brand_id, d.rules, s.seed FROM marketing_draw AS d JOIN marketing_drawseed AS s ON s.draw_id = d.id WHERE d.id = ANY(%s::uuid[])
"""

_terms: dict[UUID, tuple[int, DrawTerms]] = {}


def draw_terms(versions: Mapping[UUID, int]) -> dict[UUID, DrawTerms]:
    """Give what plays are decided by, for draws whose counts the caller has locked (`versions`, as read there). Drafts are
    left out, for nobody plays them."""
    published = {key: version for key, version in versions.items() if version}
    found = {key: kept[1] for key, version in published.items() if (kept := _terms.get(key)) and kept[0] == version}
    if missing := [key for key in published if key not in found]:
        if len(_terms) > KEPT_MAX:
            _terms.clear()
        for draw_id, brand_id, rules, seed in run(READ, [uuids(missing)]):
            terms = DrawTerms(draw_id, brand_id, as_rules(rules), bytes.fromhex(unseal(seed)))
            found[draw_id] = terms
            _terms[draw_id] = (versions[draw_id], terms)
    return found


def as_rules(kept: object) -> DrawRules:
    """Read rules as they are kept in JSON (as text where Django reads it)."""
    if isinstance(kept, str):
        kept = json.loads(kept)
    assert isinstance(kept, dict)
    return rules_read(kept)
