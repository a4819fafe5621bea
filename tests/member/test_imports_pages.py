"""The wizard and the API of imported files, and who sees what."""

from __future__ import annotations

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sitong.member.imports.actions import continue_imports
from sitong.member.imports.models import ImportFile
from sitong.member.imports.queries import records_of
from sitong.shared.clock import now
from sitong.shared.ids import new_id
from tests.make.access import a_staff, a_viewer, as_viewer, open_session
from tests.make.imports import a_checked
from tests.make.org import a_brand

pytestmark = pytest.mark.usefixtures("db")

TABLE = "姓名,手机\n王小明,13800138000\n李雷,12\n".encode()


def test_a_program_imports_a_file(client):
    brand = a_brand()
    headers = as_viewer(a_viewer("brand", brand))
    wanted = {
        "id": str(new_id()),
        "name": "a.csv",
        "kind": "crm",
        "size_bytes": len(TABLE),
        "purpose": "p",
        "origin": "o",
    }

    def ask(method: str, address: str, body=None, **said):
        answer = getattr(client, method)(
            f"/api/v1/member-imports{address}",
            orjson.dumps(body) if body else None,
            "application/json",
            headers=headers,
            **said,
        )
        return answer.status_code, answer.json()

    status, begun = ask("post", "", wanted)
    assert (status, begun["state"], begun["piece_bytes"]) == (201, "uploading", 1_000_000)
    address = f"/{begun['id']}"
    assert ask("post", f"{address}/uploaded")[1]["code"] == "member.import_incomplete"
    sent = client.put(f"/api/v1/member-imports{address}/pieces/0", TABLE, "application/octet-stream", headers=headers)
    assert sent.json() == {"there_bytes": len(TABLE)}
    assert ask("post", f"{address}/uploaded")[1]["state"] == "received"
    continue_imports(now=now())
    seen = client.get(f"/api/v1/member-imports{address}", headers=headers).json()
    assert (seen["columns"], seen["mapping"], seen["encoding"]) == (["姓名", "手机"], ["name", "phone"], "utf-8")
    shown = client.get(f"/api/v1/member-imports{address}/preview", headers=headers).json()
    assert shown["rows"][1] == {
        "row": 3,
        "cells": ["李雷", "12"],
        "fields": {"name": "李雷"},
        "faults": {"2": "phone_malformed"},
        "bad": True,
    }
    assert ask("put", f"{address}/mapping", {"mapping": ["name", "phone"]})[1]["state"] == "mapped"
    continue_imports(now=now())
    found = client.get(f"/api/v1/member-imports{address}/problems", headers=headers).json()
    assert [(one["row"], one["bad"], one["faults"][0]["code"]) for one in found["items"]] == [
        (3, True, "phone_malformed")
    ]
    assert ask("post", f"{address}/accept", {"take": "all"})[1]["code"] == "member.import_has_bad"
    assert ask("post", f"{address}/accept", {"take": "good"})[1]["state"] == "accepted"
    report = b"".join(client.get(f"/api/v1/member-imports{address}/report", headers=headers).streaming_content).decode()
    assert "\r\n3,手机,12," in report
    assert [one.name for one in records_of(ImportFile.objects.get().id)] == ["王小明"]
    assert ask("post", f"{address}/discard")[1]["code"] == "member.import_elsewhere"


def test_a_person_goes_through_the_wizard(client):
    brand = a_brand()
    open_session(client, a_staff("brand", brand))
    home = "/brand/members/imports/"
    assert "还没有文件" in client.get(home, headers={"Accept-Language": "zh-CN"}).content.decode()
    said = {"id": str(new_id()), "kind": "crm", "purpose": "服务", "origin": "旧系统", "source": "import", "store": ""}
    assert client.post(f"{home}new/", said).status_code == 409
    given = client.post(f"{home}new/", {**said, "file": SimpleUploadedFile("a.csv", TABLE)})
    here = given["Location"]
    assert "hx-trigger" in client.get(here).content.decode()
    continue_imports(now=now())
    assert "王小明" in client.get(here).content.decode()
    looked = client.post(
        f"{here}columns/",
        {"laid_out": "1", "headed": "1", "encoding": "utf-8", "delimiter": ",", "field": ["", "phone"]},
    )
    assert 'opacity-50">王小明' in looked.content.decode()
    assert (
        client.post(
            f"{here}columns/", {"laid_out": "1", "headed": "1", "field": ["name", ""], "go": "check"}
        ).status_code
        == 409
    )
    assert (
        client.post(
            f"{here}columns/", {"laid_out": "1", "headed": "1", "field": ["name", "phone"], "go": "check"}
        ).status_code
        == 302
    )
    continue_imports(now=now())
    page = client.get(here, headers={"Accept-Language": "en"}).content.decode()
    assert "Take 1 lines, leave 1" in page and "This cannot be a phone number." in page
    assert b"".join(client.get(f"{here}lines.csv").streaming_content).decode() == "\ufeff姓名,手机\r\n李雷,12\r\n"
    client.post(f"{here}accept/", {"take": "good"})
    assert ImportFile.objects.get().state == "accepted"
    assert client.get(here).status_code == client.get(home).status_code == 200


def test_lines_are_shown_to_who_brought_them_and_to_who_sees_members_in_clear(client):
    brand = a_brand()
    file = a_checked(brand, TABLE)
    here = f"/brand/members/imports/{file.id}/"
    open_session(client, a_staff("brand", brand, "operations", name="何静"))
    page = client.get(here)
    assert page.status_code == 200 and "李雷" not in page.content.decode()
    assert client.get(f"{here}lines.csv").status_code == client.get(f"{here}report.csv").status_code == 403
    open_session(client, a_staff("brand", brand, "owner"))
    assert client.get(f"{here}lines.csv").status_code == 200
    open_session(client, a_staff("brand", brand, "marketing"))
    assert client.get(here).status_code == 403
