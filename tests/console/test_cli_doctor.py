"""`sitong doctor` finds what is wrong, says how to mend it, and fails; a good setup passes."""

import json
import os
import socket
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings

from sitong.shared.access.setup import make_roles_and_database
from sitong.shared.postgres import SUPERUSER


@pytest.fixture
def doctor(cluster, tmp_path):
    """Examine the test's database; gives the exit code and verdicts by sentence."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*, role=settings.APP_ROLE, database="sitong", **environ):
        env = {
            **os.environ, "DATABASE_URL": cluster.url(database, role), "SITONG_VAR": str(tmp_path), "SITONG_LANG": "en",
            "SITONG_LISTEN": f"127.0.0.1:{port}", **environ,
        }  # fmt: skip
        command = [sys.executable, "-m", "sitong", "doctor", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        assert done.stderr == ""
        findings = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, {finding["what"]: finding for finding in findings}

    run.port, run.var = port, tmp_path
    return run


def wrong(findings):
    return {what: finding["mend"] for what, finding in findings.items() if finding["verdict"] == "wrong"}


def test_a_good_setup_passes(doctor, committed_db):
    code, findings = doctor()
    assert wrong(findings) == {}
    assert code == 0
    assert "The role sitong_app is no superuser and owns nothing." in findings
    assert "The walls between brands stand." in findings
    assert f"127.0.0.1:{doctor.port} is free." in findings


def test_a_superuser_at_work_is_wrong(doctor):
    code, findings = doctor(role=SUPERUSER)
    assert code == 1
    sentence = "The role postgres is a superuser or owns tables: the walls between brands do not stop it."
    assert wrong(findings) == {sentence: "Give the application a role of its own; docs/operate.md says how."}


def test_a_table_without_its_wall_is_named(doctor, cluster):
    with psycopg.connect(cluster.url("sitong"), autocommit=True) as server:
        server.execute("ALTER TABLE org_store DISABLE ROW LEVEL SECURITY")
        try:
            code, findings = doctor()
        finally:
            server.execute("ALTER TABLE org_store ENABLE ROW LEVEL SECURITY")
    assert code == 1
    assert wrong(findings) == {"No wall between brands on: org_store": "Run `sitong migrate`."}


def test_waiting_migrations_are_counted(doctor, cluster):
    make_roles_and_database(cluster.url("postgres"), "empty")
    try:
        code, findings = doctor(database="empty")
    finally:
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as server:
            server.execute("DROP DATABASE empty WITH (FORCE)")
    assert code == 1
    (sentence,) = (what for what in wrong(findings) if what.endswith("migrations wait."))
    assert wrong(findings)[sentence] == "Run `sitong migrate`."


def test_a_key_file_that_others_may_read_is_wrong(doctor):
    keys = doctor.var / "keys.json"
    keys.write_bytes(settings.KEYS_FILE.read_bytes())
    keys.chmod(0o644)
    code, findings = doctor()
    assert code == 1
    assert wrong(findings) == {f"Others may read the key file {keys} (mode 0o644).": f"chmod 600 {keys}"}


def test_a_taken_port_is_wrong(doctor):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", doctor.port))
        taken.listen()
        code, findings = doctor()
    assert code == 1
    sentence = f"127.0.0.1:{doctor.port} cannot be had: Address already in use"
    assert wrong(findings) == {sentence: "Stop what uses it, or choose another with SITONG_LISTEN."}


def test_a_server_that_does_not_answer_is_wrong(doctor):
    code, findings = doctor(DATABASE_URL="postgresql://sitong_app@127.0.0.1:1/sitong")
    assert code == 1
    (sentence,) = wrong(findings)
    assert sentence.startswith("The database does not answer:")


def test_a_malformed_setting_is_said_with_its_meaning(doctor):
    code, findings = doctor(SITONG_WORKERS="many")
    assert code == 1
    (sentence,) = wrong(findings)
    assert sentence.startswith("SITONG_WORKERS='many' is not understood")
