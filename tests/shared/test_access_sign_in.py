"""The ways in, as people and programs take them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client

from sitong.console.demo import accounts as demo_accounts
from sitong.member.models import Member
from sitong.shared.access.actions import factors
from sitong.shared.access.actions.accounts import disable_account, set_password
from sitong.shared.access.actions.codes import CodeExpired, CodeWrong, make_code, use_code
from sitong.shared.access.factors import code_of_now
from sitong.shared.access.models import Account, SignInCode
from sitong.shared.access.scope import every_brand
from sitong.shared.access.tokens import verify
from sitong.shared.errors import Refused
from tests.make.access import a_consumer, a_staff, as_viewer, open_session, viewer_of_account
from tests.make.member import a_phone
from tests.make.org import a_brand, a_dealer, a_store

pytestmark = pytest.mark.usefixtures("db")
PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DP"


@pytest.fixture
def web(monkeypatch):
    """A browser; what it asks is asked as a stranger until it signs in, so the test's own queries open the scope again."""
    client = Client()
    ask = client.request

    def request(**given):
        answer = ask(**given)
        from sitong.shared.access.scope import show_every_brand

        show_every_brand()
        return answer

    monkeypatch.setattr(client, "request", request)
    return client


def with_factor(account, *, at=None):
    """Set up a second factor a while ago, so that the present digits are fresh; gives the recovery codes."""
    then = at or datetime.now(UTC) - timedelta(minutes=5)
    return factors.set_up_second_factor(
        account.id, secret=SECRET, code=code_of_now(SECRET, now=then), by=None, now=then
    )


def digits():
    return code_of_now(SECRET, now=datetime.now(UTC))


@pytest.mark.parametrize(("system", "place", "home"), [("dealer", a_dealer, "/dealer/"), ("store", a_store, "/store/")])
def test_dealer_and_store_staff_come_in_by_password(web, system, place, home):
    account = a_staff(system, place(), password=PASSWORD)
    answer = web.post(f"/sign-in/{system}/", {"username": account.username.upper(), "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, home)
    assert web.get("/sign-in/").headers["Location"] == home


def test_a_clerk_is_led_back_to_the_page_asked_for_but_never_to_another_site(web):
    account = a_staff("store", a_store(), password=PASSWORD)
    form = {"username": account.username, "password": PASSWORD}
    assert web.post("/sign-in/store/", {**form, "next": "/store/settings/"})["Location"] == "/store/settings/"
    for foreign in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert web.post("/sign-in/store/", {**form, "next": foreign})["Location"] == "/store/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(web):
    account = a_staff("store", a_store(), password=PASSWORD)
    wrong = web.post("/sign-in/store/", {"username": account.username, "password": "no"})
    unknown = web.post("/sign-in/store/", {"username": "nobody-at-all", "password": "no"})
    alert = re.compile(r'role="alert">([^<]+)<')
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert alert.search(wrong.content.decode())[1] == alert.search(unknown.content.decode())[1]
    assert "_auth_user_id" not in web.session


def test_the_dealer_s_door_does_not_open_for_a_clerk(web):
    account = a_staff("store", a_store(), password=PASSWORD)
    assert web.post("/sign-in/dealer/", {"username": account.username, "password": PASSWORD}).status_code == 422


def test_brand_staff_never_come_in_by_password_alone(web):
    account = a_staff("brand", a_brand(), password=PASSWORD)
    answer = web.post("/sign-in/brand/", {"username": account.username, "password": PASSWORD})
    assert answer["Location"] == "/sign-in/second-factor/"
    assert "_auth_user_id" not in web.session
    page = web.get("/sign-in/second-factor/").content.decode()
    assert "<svg" in page
    secret = web.session["sitong_factor_secret"]
    assert web.post("/sign-in/second-factor/", {"code": "000000"}).status_code == 422
    done = web.post("/sign-in/second-factor/", {"code": code_of_now(secret, now=datetime.now(UTC))})
    assert done.status_code == 200
    assert len(re.findall(r"<li>\d{8}</li>", done.content.decode())) == 10
    assert web.session["_auth_user_id"] == str(account.id)


def test_digits_open_once(web):
    account = a_staff("brand", a_brand(), password=PASSWORD)
    with_factor(account)
    form = {"username": account.username, "password": PASSWORD}
    assert web.post("/sign-in/brand/", form)["Location"] == "/sign-in/digits/"
    now_digits = digits()
    assert web.post("/sign-in/digits/", {"code": now_digits})["Location"] == "/brand/"
    web.post("/sign-out/")
    web.post("/sign-in/brand/", form)
    assert web.post("/sign-in/digits/", {"code": now_digits}).status_code == 422


def test_each_recovery_code_opens_once(web):
    account = a_staff("brand", a_brand(), password=PASSWORD)
    code = with_factor(account)[3]
    form = {"username": account.username, "password": PASSWORD}
    web.post("/sign-in/brand/", form)
    assert web.post("/sign-in/digits/", {"code": code}).status_code == 302
    web.post("/sign-out/")
    web.post("/sign-in/brand/", form)
    assert web.post("/sign-in/digits/", {"code": code}).status_code == 422


def test_the_secret_of_a_second_factor_stands_sealed():
    account = a_staff("brand", a_brand(), password=PASSWORD)
    with_factor(account)
    assert SECRET not in str(Authenticator.objects.get(user_id=account.id, type="totp").data)


def test_signing_in_gives_the_session_a_new_key(web):
    account = a_staff("store", a_store(), password=PASSWORD)
    web.get("/sign-in/store/")
    session = web.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    web.post("/sign-in/store/", {"username": account.username, "password": PASSWORD})
    assert web.session.session_key != before


def test_a_disabled_account_is_out_with_the_next_request(web, now):
    account = a_staff("store", a_store())
    open_session(web, account)
    assert web.get("/sign-in/").status_code == 302
    disable_account(account.id, by=None, now=now)
    assert web.get("/sign-in/").status_code == 200


def test_a_new_password_ends_the_other_sessions(web, now):
    account = a_staff("store", a_store())
    open_session(web, account)
    set_password(account.id, password="another long password", by=None, now=now)
    assert web.get("/sign-in/").status_code == 200


def test_the_ninth_wrong_try_must_wait(web):
    account = a_staff("store", a_store(), password=PASSWORD)
    form = {"username": account.username, "password": "no"}
    assert {web.post("/sign-in/store/", form).status_code for _ in range(8)} == {422}
    answer = web.post("/sign-in/store/", {**form, "password": PASSWORD})
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 31


def test_a_consumer_comes_in_by_a_code_and_becomes_a_member(web, settings, capsys):
    settings.DEMO = True
    brand = a_brand()
    store = a_store(brand)
    address = f"/s/{brand.code}/{store.code}/"
    phone = a_phone()
    page = web.post("/sign-in/phone/", {"phone": phone[3:], "next": address, "source": "poster"})
    code = re.search(r'name="code" value="(\d{6})"', page.content.decode())[1]
    assert code in capsys.readouterr().err
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert (
        web.post("/sign-in/phone/", {"phone": phone, "code": wrong, "next": address, "source": "poster"}).status_code
        == 422
    )
    assert not Member.objects.exists()
    done = web.post("/sign-in/phone/", {"phone": phone, "code": code, "next": address, "source": "poster"})
    assert done["Location"] == address
    member = Member.objects.get()
    assert (member.brand_id, member.phone, member.source, member.home_store_id) == (brand.id, phone, "poster", store.id)
    assert web.session["_auth_user_id"] == str(member.account_id)
    assert web.post("/sign-in/phone/", {"phone": phone, "code": code, "next": address}).status_code == 422


def test_outside_of_the_demo_no_code_is_shown_and_none_is_sent_without_a_sender(web):
    brand = a_brand()
    answer = web.post("/sign-in/phone/", {"phone": a_phone(), "brand": brand.code})
    assert answer.status_code == 422
    assert not re.search(r"\b\d{6}\b", answer.content.decode())


def test_a_code_holds_five_minutes_and_five_tries(now):
    brand, phone = a_brand(), a_phone()
    made = make_code(brand_id=brand.id, phone=phone, now=now)
    with pytest.raises(CodeExpired):
        use_code(brand_id=brand.id, phone=phone, code=made.code, now=now + timedelta(minutes=5))
    wrong = "000000" if made.code != "000000" else "111111"
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(CodeWrong) as refused:
            use_code(brand_id=brand.id, phone=phone, code=wrong, now=now)
        assert refused.value.facts == {"tries_left": left}
    with pytest.raises(CodeExpired):
        use_code(brand_id=brand.id, phone=phone, code=made.code, now=now)


def test_a_newer_code_ends_the_older_one_and_another_brand_s_code_opens_nothing(now):
    brand, other, phone = a_brand(), a_brand(), a_phone()
    older = make_code(brand_id=brand.id, phone=phone, now=now)
    newer = make_code(brand_id=brand.id, phone=phone, now=now + timedelta(seconds=61))
    if older.code != newer.code:
        with pytest.raises(CodeWrong):
            use_code(brand_id=brand.id, phone=phone, code=older.code, now=now + timedelta(seconds=62))
    with pytest.raises(CodeExpired):
        use_code(brand_id=other.id, phone=phone, code=newer.code, now=now + timedelta(seconds=62))
    assert use_code(brand_id=brand.id, phone=phone, code=newer.code, now=now + timedelta(seconds=62)) == phone


def test_the_code_stands_nowhere_in_the_table(now):
    made = make_code(brand_id=a_brand().id, phone=a_phone(), now=now)
    assert made.code.encode() not in bytes(SignInCode.objects.get().proof)


def test_no_code_goes_to_what_is_no_mobile_phone(now):
    for phone in ("12", "+862161234567", "nonsense"):
        with pytest.raises(Refused):
            make_code(brand_id=a_brand().id, phone=phone, now=now)
    assert not SignInCode.objects.exists()


def test_the_fourth_code_within_minutes_must_wait(web, settings):
    settings.DEMO = True
    brand, phone = a_brand(), a_phone()
    form = {"brand": brand.code, "phone": phone}
    ask = lambda: web.post("/api/v1/sign-in/code", form, content_type="application/json")  # noqa: E731
    assert [ask().status_code for _ in range(3)] == [200, 200, 200]
    answer = ask()
    assert (answer.status_code, answer.json()["code"]) == (429, "shared.too_many")
    assert int(answer["Retry-After"]) >= 1


def test_programs_get_tokens(web, settings):
    settings.DEMO = True
    brand = a_brand()
    store = a_store(brand)
    clerk = a_staff("store", store, password=PASSWORD)
    post = lambda path, form: web.post(f"/api/v1/sign-in/{path}", form, content_type="application/json")  # noqa: E731
    given = post("staff", {"username": clerk.username, "password": PASSWORD}).json()
    assert verify(given["token"], now=datetime.now(UTC)) == viewer_of_account(clerk)
    owner = a_staff("brand", brand, password=PASSWORD)
    form = {"username": owner.username, "password": PASSWORD}
    refused = post("staff", form)
    assert (refused.status_code, refused.json()["code"]) == (401, "shared.second_factor_missing")
    with_factor(owner)
    assert (post("staff", form).status_code, post("staff", {**form, "code": "123"}).status_code) == (401, 401)
    assert post("staff", {**form, "code": digits()}).status_code == 200
    phone = a_phone()
    code = post("code", {"brand": brand.code, "phone": phone}).json()["demo_code"]
    given = post("phone", {"brand": brand.code, "phone": phone, "code": code, "store": store.code}).json()
    viewer = verify(given["token"], now=datetime.now(UTC))
    assert (viewer.system, viewer.brand_id, viewer.member_id) == ("consumer", brand.id, Member.objects.get().id)


def test_a_page_s_session_gives_a_token_only_with_the_form_s_secret():
    account, member = a_consumer(a_brand())
    browser = Client(enforce_csrf_checks=True)
    open_session(browser, account, member)
    assert browser.post("/api/v1/sign-in/token").status_code == 403
    with every_brand():
        open_session(browser := Client(), account, member)
    token = browser.post("/api/v1/sign-in/token").json()["token"]
    assert verify(token, now=datetime.now(UTC)).member_id == member.id
    assert Client().post("/api/v1/sign-in/token").status_code == 401


def test_an_expired_or_forged_token_is_answered_401_with_its_code(web, now):
    viewer = viewer_of_account(a_staff("store", a_store()))
    expired = web.post("/api/v1/sign-in/token", headers=as_viewer(viewer, now=now - timedelta(days=400)))
    assert expired.status_code == 401
    assert web.post("/api/v1/sign-in/token", headers={"Authorization": "Bearer 1.x.y"}).status_code == 401


def test_the_demo_s_password_opens_nothing_outside_of_the_demo(web, settings):
    assert factors.DEMO_PASSWORD == demo_accounts.PASSWORD
    account = a_staff("store", a_store(), password=factors.DEMO_PASSWORD)
    form = {"username": account.username, "password": factors.DEMO_PASSWORD}
    assert web.post("/sign-in/store/", form).status_code == 422
    settings.DEMO = True
    assert web.post("/sign-in/store/", form).status_code == 302


def test_the_demo_shows_the_digits_and_a_real_shop_does_not(web, settings):
    settings.DEMO = True
    account = a_staff("brand", a_brand(), password=factors.DEMO_PASSWORD)
    assert account.username in web.get("/sign-in/brand/").content.decode()
    web.post("/sign-in/brand/", {"username": account.username, "password": factors.DEMO_PASSWORD})
    shown = re.search(r'name="code" value="(\d{6})"', web.get("/sign-in/digits/").content.decode())[1]
    settings.DEMO = False
    assert not re.search(r'value="\d{6}"', web.get("/sign-in/digits/").content.decode())
    assert account.username not in web.get("/sign-in/brand/").content.decode()
    assert len(shown) == 6


def test_a_stranger_s_request_never_shows_all_brands(web):
    a_staff("store", a_store(), username="somebody", password=PASSWORD)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('sitong.brands', '', false), sitong_brand_of_username('somebody') IS NOT NULL"
        )
        assert cursor.fetchone()[1] is True
        cursor.execute("SELECT count(*) FROM shared_account")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT set_config('sitong.brands', '*', false)")
    assert Account.objects.exists()


def test_the_platform_s_own_address_leads_everybody_home(web):
    brand = a_brand()
    assert web.get("/")["Location"] == "/sign-in/"
    assert f"/s/{brand.code}/" in web.get("/sign-in/").content.decode()
    open_session(web, *a_consumer(brand))
    assert web.get("/")["Location"] == f"/s/{brand.code}/"
    open_session(web, a_staff("brand", brand))
    assert web.get("/")["Location"] == "/brand/"
