"""Backup, restore, export and key rotation, run as the commands themselves."""

import csv
import hashlib
import json
import os
import subprocess
import sys
import zipfile

import psycopg
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.db import connection

from sitong.shared.access.fields import unseal
from sitong.shared.access.setup import make_roles_and_database
from tests.make.access import a_staff
from tests.make.member import a_member
from tests.make.org import a_brand, a_store

PHONE = "13800138000"


@pytest.fixture
def shop(committed_db):
    """Two brands; each with a store, a member and a clerk."""
    brands = [a_brand(code=code) for code in ("north", "south")]
    for brand in brands:
        store = a_store(brand, code="S1")
        a_staff("store", store, name="韩梅梅")
    a_member(brands[0], name="王小明", phone=PHONE)
    return brands


@pytest.fixture
def sitong(cluster, tmp_path):
    """Run a command against a database of the test's server, with the test's own keys."""
    keys = tmp_path / "keys.json"
    keys.write_bytes(settings.KEYS_FILE.read_bytes())
    keys.chmod(0o600)

    def run(*arguments, database="sitong"):
        environ = {
            **os.environ,
            "DATABASE_URL": cluster.url(database, settings.APP_ROLE),
            "DATABASE_OWNER_URL": cluster.url(database, settings.OWNER_ROLE),
            "SITONG_KEYS": str(keys),
            "SITONG_VAR": str(tmp_path / "var"),
            "SITONG_LANG": "en",
        }
        command = [sys.executable, "-m", "sitong", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=environ, check=False)

    run.keys = keys
    return run


@pytest.fixture
def other_database(cluster):
    """An empty database beside the test's, with the same roles."""
    name = "restored"
    make_roles_and_database(cluster.url("postgres"), name)
    yield name
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def tables(cluster, database):
    with psycopg.connect(cluster.url(database)) as server:
        names = [
            name
            for (name,) in server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            if name != "auth_permission"  # made anew by each migration, emptied by other tests
        ]
        return {
            name: server.execute(
                f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {name} t"
            ).fetchone()
            for name in names
        }


def test_a_backup_restored_into_a_new_database_is_the_same_row_by_row_and_its_books_agree(
    shop, sitong, cluster, other_database, tmp_path
):
    file = tmp_path / "one.dump"
    made = sitong("backup", file)
    assert made.returncode == 0, made.stderr
    assert f"Backup written and verified: {file}" in made.stdout
    assert file.stat().st_mode & 0o077 == 0
    restored = sitong("restore", file, database=other_database)
    assert restored.returncode == 0, restored.stderr
    before, after = tables(cluster, "sitong"), tables(cluster, other_database)
    assert before["org_store"][0] == 2
    assert after == before
    checked = sitong("check-books", database=other_database)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.startswith("Everything agrees")
    examined = sitong("doctor", database=other_database).stdout
    assert "✓ The walls between brands stand." in examined
    assert "✓ The tables are up to date." in examined


def test_a_restore_replaces_nothing_unless_told_to(shop, sitong, cluster, tmp_path):
    file = tmp_path / "one.dump"
    assert sitong("backup", file).returncode == 0
    a_store(shop[0], code="S2")
    refused = sitong("restore", file)
    assert refused.returncode == 1
    assert "The database is not empty." in refused.stderr
    assert tables(cluster, "sitong")["org_store"][0] == 3
    connection.close()
    replaced = sitong("restore", file, "--yes")
    assert replaced.returncode == 0, replaced.stderr
    assert tables(cluster, "sitong")["org_store"][0] == 2


def test_a_damaged_backup_is_refused_and_changes_nothing(shop, sitong, cluster, tmp_path):
    file = tmp_path / "one.dump"
    assert sitong("backup", file).returncode == 0
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    before = tables(cluster, "sitong")
    refused = sitong("restore", file, "--yes")
    assert refused.returncode == 1
    assert "This backup is not whole" in refused.stderr
    assert tables(cluster, "sitong") == before


def test_a_restore_that_fails_half_way_changes_nothing(shop, sitong, cluster, tmp_path):
    file = tmp_path / "one.dump"
    assert sitong("backup", file).returncode == 0
    before = tables(cluster, "sitong")
    facts = json.loads((tmp_path / "one.dump.json").read_text())
    broken = file.read_bytes()[: file.stat().st_size // 2]
    file.write_bytes(broken)
    facts["sha256"] = hashlib.sha256(broken).hexdigest()
    (tmp_path / "one.dump.json").write_text(json.dumps(facts))
    refused = sitong("restore", file, "--yes")
    assert refused.returncode == 1
    assert "The restore failed and changed nothing" in refused.stderr
    assert tables(cluster, "sitong") == before


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_an_export_holds_one_brand_only_and_no_personal_data(shop, sitong, tmp_path, form):
    folder = tmp_path / form
    done = sitong("export", "north", folder, "--format", form)
    assert done.returncode == 0, done.stderr
    stores, members = (rows_of(folder / f"{table}.{form}") for table in ("org_store", "member_member"))
    assert [(row["code"], row["brand_id"]) for row in stores] == [("S1", str(shop[0].id))]
    assert len(members) == 1
    assert not {"phone", "name", "password"} & set(members[0])
    everything = b"".join(file.read_bytes() for file in folder.iterdir())
    assert str(shop[1].id).encode() not in everything
    assert PHONE.encode() not in everything
    assert json.loads((folder / "manifest.json").read_text())["rows"][f"org_store.{form}"] == 1


def test_an_export_in_clear_text_says_so_and_keeps_passwords_out(shop, sitong, tmp_path):
    target = tmp_path / "north.zip"
    done = sitong("export", "north", target, "--clear")
    assert "keep them where nobody else can read them" in done.stdout
    assert target.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(target) as archive:
        members = list(csv.DictReader(archive.read("member_member.csv").decode().splitlines()))
        accounts = archive.read("shared_account.csv").decode()
    assert [row["name"] for row in members] == ["王小明"]
    assert PHONE in members[0]["phone"]
    assert "password" not in accounts.splitlines()[0]


def test_an_export_of_an_unknown_brand_names_those_that_there_are(shop, sitong, tmp_path):
    refused = sitong("export", "west", tmp_path / "x")
    assert refused.returncode == 1
    assert "There is no brand west. There are: north, south." in refused.stderr
    assert not (tmp_path / "x").exists()


def test_rotated_keys_seal_everything_anew_and_old_backups_still_open(shop, sitong, cluster, monkeypatch):
    def sealed():
        with psycopg.connect(cluster.url("sitong")) as server:
            return server.execute("SELECT phone FROM member_member").fetchone()[0]

    before = sealed()
    assert before.startswith("1:")
    done = sitong("keys", "rotate")
    assert done.returncode == 0, done.stderr
    after = sealed()
    assert after.startswith("2:")
    assert sitong.keys.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(settings, "KEYS", type(settings.KEYS).read(sitong.keys))
    assert unseal(before) == unseal(after)
    assert PHONE in unseal(after)


def rows_of(file):
    if file.suffix == ".parquet":
        return [{key: str(value) for key, value in row.items()} for row in pq.read_table(file).to_pylist()]
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text().splitlines()]
    return list(csv.DictReader(file.read_text().splitlines()))
