"""Personal data is sealed, and sealed anew when the key is rotated."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.db import connection

from sitong.marketing.models import MessageChannel
from sitong.member.models import Member
from sitong.shared.access.actions import factors, sealing
from sitong.shared.access.actions.sealing import seal_anew, sealed_columns
from sitong.shared.access.factors import code_of_now
from sitong.shared.access.fields import keyed_index, seal, unseal
from sitong.shared.access.keys import KeyRing
from sitong.shared.access.limits import Limit, MemoryBuckets, hold_to
from sitong.shared.access.masking import mask_email, mask_name, mask_phone
from sitong.shared.access.models import Bucket
from sitong.shared.access.phones import is_mobile, normal_phone
from sitong.shared.errors import TooMany
from tests.make.access import a_staff
from tests.make.member import a_member, a_phone
from tests.make.org import a_brand

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DP"


@pytest.fixture
def ring(tmp_path, monkeypatch):
    """A key ring of the test's own, with one key; `ring()` rotates it."""
    path = tmp_path / "keys.json"
    monkeypatch.setattr(django_settings, "KEYS", KeyRing.read(path))

    def rotate():
        django_settings.KEYS.keys.update(KeyRing.rotate(path).keys)
        return django_settings.KEYS.current

    return rotate


def stored(column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM member_member ORDER BY id")
        return [value for (value,) in cursor.fetchall()]


def test_equal_texts_are_sealed_differently_and_found_by_the_same_index():
    assert seal("王小明") != seal("王小明")
    assert unseal(seal("王小明")) == "王小明"
    assert (seal(""), unseal("")) == ("", "")
    assert keyed_index("+8613800138000") == keyed_index("+8613800138000") != keyed_index("+8613800138001")


@pytest.mark.usefixtures("db")
def test_a_rotation_seals_everything_anew_and_loses_nothing(ring, monkeypatch, now):
    monkeypatch.setattr(sealing, "PIECE", 3)
    brand = a_brand()
    members = [a_member(brand, name=f"名{number}", phone=a_phone()) for number in range(8)]
    nameless = a_member(brand, name="", phone="")
    account = a_staff("brand", brand)
    codes = factors.set_up_second_factor(account.id, secret=SECRET, code=code_of_now(SECRET, now=now), by=None, now=now)
    number = ring()
    late = a_member(brand, name="新来的")
    assert {value[:2] for value in stored("name") if value} == {"1:", "2:"}

    assert seal_anew(number)["member_member"] == 16
    assert (
        {value[:2] for value in stored("name") if value} == {value[:2] for value in stored("phone") if value} == {"2:"}
    )
    assert [
        (one.name, one.phone) for one in Member.objects.filter(id__in=[one.id for one in members]).order_by("id")
    ] == [(one.name, one.phone) for one in members]
    assert (Member.objects.get(id=nameless.id).name, Member.objects.get(id=late.id).name) == ("", "新来的")
    assert [
        data["secret"][:2] for data in Authenticator.objects.filter(type="totp").values_list("data", flat=True)
    ] == ["2:"]
    factors.prove_second_factor(
        account, code=code_of_now(SECRET, now=now + timedelta(minutes=1)), now=now + timedelta(minutes=1)
    )
    factors.prove_second_factor(account, code=codes[0], now=now + timedelta(minutes=1))
    assert set(seal_anew(number).values()) == {0}


def test_every_encrypted_column_has_an_id_by_which_it_can_be_sealed_anew_or_few_rows():
    without = {
        model._meta.db_table for model, _ in sealed_columns() if model._meta.pk.get_internal_type() != "UUIDField"
    }
    assert without == {"marketing_messagechannel", "marketing_messagepace"}


@pytest.mark.usefixtures("db")
def test_a_table_without_an_id_is_sealed_anew_too(ring, monkeypatch, now):
    monkeypatch.setattr(sealing, "PIECE", 2)
    for number in range(5):
        MessageChannel.objects.create(
            brand_id=a_brand().id, channel="sms", provider="aliyun", secret=f"geheim {number % 2}", kept_at=now
        )
    number = ring()
    assert seal_anew(number)["marketing_messagechannel"] == 5
    assert sorted(one.secret for one in MessageChannel.objects.all()) == ["geheim 0"] * 3 + ["geheim 1"] * 2
    assert seal_anew(number)["marketing_messagechannel"] == 0


@pytest.mark.parametrize(("written", "normal"), [
    ("13800138000", "+8613800138000"), ("138-0013-8000", "+8613800138000"), ("+86 138 0013 8000", "+8613800138000"),
    ("１３８００１３８０００", "+8613800138000"), ("+1 415 555 2671", "+14155552671"), ("12", None), ("", None), ("王", None),
])  # fmt: skip
def test_phones_have_one_written_form(written, normal):
    assert normal_phone(written) == normal


def test_codes_go_to_mobiles_only():
    assert (is_mobile("+8613800138000"), is_mobile("+862161234567"), is_mobile("+14155552671")) == (True, False, True)


def test_masks_show_little():
    assert mask_phone("+8613800138000") == "+86 138****8000"
    assert mask_phone("+4712345678") == "+47 ******78"
    assert mask_phone("") == ""
    assert [mask_name(name) for name in ("王小明", "李", "", "Jonathan Smith")] == ["王**", "*", "", "J****"]
    assert mask_email("wang@example.com") == "w***@example.com"


@pytest.mark.usefixtures("db")
def test_a_limit_lets_through_what_it_says_and_fills_up_again(now):
    limit = Limit("try", 3, 10)
    for _ in range(3):
        hold_to(limit, "somebody", now=now)
    with pytest.raises(TooMany) as refused:
        hold_to(limit, "somebody", now=now + timedelta(seconds=4))
    assert refused.value.facts == {"retry_after_s": 6}
    hold_to(limit, "somebody else", now=now)
    hold_to(limit, "somebody", now=now + timedelta(seconds=10))
    with pytest.raises(TooMany):
        hold_to(limit, "somebody", now=now + timedelta(seconds=11))
    later = now + timedelta(hours=1)
    for _ in range(3):
        hold_to(limit, "somebody", now=later)
    with pytest.raises(TooMany):
        hold_to(limit, "somebody", now=later)
    assert "somebody" not in str(list(Bucket.objects.values_list("key", flat=True)))


@pytest.mark.usefixtures("db")
def test_full_buckets_are_forgotten(now):
    from sitong.shared.access.actions.limits import forget_full_buckets

    hold_to(Limit("try", 3, 10), "somebody", now=now)
    assert forget_full_buckets(now=now + timedelta(seconds=30)) == 0
    assert forget_full_buckets(now=now + timedelta(seconds=90)) == 1


def test_the_front_s_limit_is_counted_in_memory_and_bounded():
    clock = [0.0]
    buckets = MemoryBuckets(Limit("ask", 2, 1), keys_max=10, clock=lambda: clock[0])
    buckets.take("a")
    buckets.take("a")
    with pytest.raises(TooMany):
        buckets.take("a")
    clock[0] = 1.0
    buckets.take("a")
    for number in range(50):
        buckets.take(str(number))
    assert len(buckets._buckets) <= 10
