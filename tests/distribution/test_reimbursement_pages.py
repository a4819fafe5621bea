"""Claims at every level: the store's phone, the dealer's and headquarters' desks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from sitong.distribution.reimbursement.actions import draw_statements
from sitong.distribution.reimbursement.models import Dispute, Settlement, Statement
from sitong.shared import clock
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_staff, open_session
from tests.make.reimbursement import a_chain

pytestmark = pytest.mark.usefixtures("db")


def browser(account) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    open_session(client, account)
    return client


def test_a_statement_goes_its_way_over_the_pages_of_all_three():
    before, now = clock.now() - timedelta(days=40), clock.now()
    chain = a_chain(now=before, valid_days=100)
    store, lower, upper = (
        browser(a_staff("store", chain.store)), browser(a_staff("dealer", chain.lower)), browser(a_staff("dealer", chain.upper))
    )  # fmt: skip
    desk = browser(a_staff("brand", chain.brand))
    chain.claimed(2, now=before), chain.claimed(now=now)
    page = store.get("/store/claims/").content.decode()
    assert "Claims for gifts" in page and "¥30.00" in page
    draw_statements(now=now)
    statement = Statement.objects.get(claimant_id=chain.store.id)
    address = f"claims/{statement.id}/"
    assert 'data-state="open"' in store.get("/store/claims/").content.decode()
    assert all(one.get(f"/{system}/claims/?side={side}").status_code == 200
               for one, system in ((lower, "dealer"), (upper, "dealer"), (desk, "brand")) for side in ("owed", "due", "all"))  # fmt: skip
    assert upper.get(f"/dealer/{address}").status_code == 404  # neither its claim nor its debt
    page = lower.get(f"/dealer/{address}").content.decode()
    line = statement_line(statement)
    assert f'id="line-{line.id}"' in page and 'id="check"' in page and line.code in page
    assert desk.get(f"/brand/{address}").status_code == 200
    assert desk.post(f"/brand/{address}check/").status_code == 403
    lower.post(f"/dealer/claims/lines/{line.id}/dispute/", {"text": "=1+1"})
    assert 'data-state="doubted"' in store.get(f"/store/{address}").content.decode()
    store.post(f"/store/claims/lines/{line.id}/stand/", {"text": "photo"})
    page = lower.get(f"/dealer/{address}").content.decode()
    assert 'data-line-state="answered"' in page and "/reject/" in page and 'id="check"' not in page
    lower.post(f"/dealer/claims/lines/{line.id}/reject/")
    assert Dispute.objects.get().accepted is False
    assert lower.post(f"/dealer/claims/lines/{line.id}/nonsense/").status_code == 404
    lower.post(f"/dealer/{address}check/")
    file = lower.get(f"/dealer/{address}lines.csv").content.decode()
    assert "'=1+1" in file and file.count("\n") == 3
    settle = {"id": str(new_id()), "way": "money", "reference": "TR-1"}
    assert 'id="settle"' in lower.get(f"/dealer/{address}").content.decode()
    lower.post(f"/dealer/{address}settle/", settle), lower.post(f"/dealer/{address}settle/", settle)
    assert Settlement.objects.get().amount_minor == 1_000
    assert "TR-1" in store.get(f"/store/{address}").content.decode()
    assert check_books() == []


def statement_line(statement):
    return statement_lines(statement)[0]


def statement_lines(statement):
    from sitong.distribution.reimbursement.models import ClaimLine

    return list(ClaimLine.objects.filter(statement_id=statement.id).order_by("id"))
