"""The brand's wall in PostgreSQL, seen as the application's own role."""

import pytest
from django.db import connection, connections, transaction
from django.db.utils import ProgrammingError

from sitong.org.models import Brand, LegalEntity
from sitong.shared.access.scope import brands_shown
from sitong.shared.ids import new_id


@pytest.fixture
def two_brands(db, now):
    brands = [Brand.objects.create(code=code, name=code, created_at=now) for code in ("one", "two")]
    for brand in brands:
        LegalEntity.objects.create(brand_id=brand.id, name=brand.name)
    return brands


def test_a_query_that_forgets_its_filter_sees_its_own_brand_only(two_brands):
    with brands_shown([two_brands[0].id]):
        assert [entity.name for entity in LegalEntity.objects.all()] == ["one"]
    with brands_shown([]):
        assert not LegalEntity.objects.exists()


def test_a_row_of_another_brand_cannot_be_written(two_brands):
    with (
        brands_shown([two_brands[0].id]),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        LegalEntity.objects.create(brand_id=two_brands[1].id, name="smuggled")


def test_the_application_owns_nothing_and_is_no_superuser(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)


def test_every_table_with_a_brand_has_its_wall(cluster, django_db_blocker):
    with django_db_blocker.unblock(), connections["owner"].cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'brand_id'
               WHERE c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))"""
        )
        assert cursor.fetchall() == []
    assert new_id()
