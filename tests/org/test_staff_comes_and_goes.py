"""Invitations, PINs, WeChat, sessions, recovery codes, and leaving."""

import threading
from datetime import timedelta

import pytest
from django.test import Client

from sitong.org.staff import actions
from sitong.org.staff.actions.invites import InviteOver, InviteUsed
from sitong.org.staff.actions.pins import PinLocked, PinMissing, PinWeak, PinWrong
from sitong.org.staff.actions.wechat import WechatNotEnough, WechatTaken, WechatUnbound
from sitong.org.staff.demo.wechat import CODE_HOLDS_S, DemoWechat
from sitong.org.staff.models import Invite, Leaving, WechatBinding
from sitong.org.staff.queries import clerks_of, wechat_app_of
from sitong.org.staff.rules import pin_is_weak
from sitong.org.staff.wechat import AppFacts, WechatCodeWrong, WechatRefused, user_of_code
from sitong.shared.access.actions.accounts import places_of
from sitong.shared.access.models import Account, Audit
from sitong.shared.access.queries import sessions_of
from sitong.shared.access.tokens import issue, verify
from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.errors import NotAllowed, NotFound, Refused
from sitong.shared.ids import new_id
from tests.make.access import a_staff, a_viewer, as_viewer, open_session, viewer_of_account
from tests.make.org import a_brand, a_code, a_store

pytestmark = pytest.mark.usefixtures("db")
PIN = "194628"


def an_invite(store, by, now, **changed):
    facts = {
        "id": new_id(),
        "brand_id": store.brand_id,
        "system": "store",
        "places": (Place("store", store.id, "clerk"),),
    }
    return actions.invite(actions.InviteWanted(**facts | changed), by=by, now=now)


def accepted(secret, now, username=None):
    return actions.accept_invite(
        secret, username=username or a_code("new"), password="a long secret 7", name="小芳", phone="", now=now
    )


@pytest.fixture
def wechat():
    server = DemoWechat("wx0123456789abcdef", "s3cret-of-the-app")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def app_of(server, **changed):
    return AppFacts(
        **{"kind": "mini", "app_id": server.app_id, "secret": server.secret, "gateway": server.address} | changed
    )


def test_who_is_invited_makes_the_account_once_with_the_roles_meant(now):
    store = a_store()
    manager = a_viewer("store", store)
    made, secret = an_invite(store, manager, now)
    account = accepted(secret, now)
    assert places_of(account) == (Place("store", store.id, "clerk"),)
    with pytest.raises(InviteUsed):
        accepted(secret, now)
    assert Account.objects.count() == 1
    made.refresh_from_db()
    assert (made.accepted_at, made.account_id) == (now, account.id)
    assert secret.encode() not in bytes(made.proof)


def test_an_invitation_ends_by_time_or_when_it_is_taken_back_and_a_weak_password_leaves_it_open(now):
    store = a_store()
    manager = a_viewer("store", store)
    made, secret = an_invite(store, manager, now)
    with pytest.raises(Refused, match=r"shared\.password_weak"):
        actions.accept_invite(secret, username=a_code("x"), password="password", name="", phone="", now=now)
    with pytest.raises(InviteOver):
        accepted(secret, now + timedelta(days=7))
    actions.revoke_invite(made.id, by=manager, now=now)
    actions.revoke_invite(made.id, by=manager, now=now)
    with pytest.raises(InviteOver):
        accepted(secret, now)
    assert not Account.objects.exists()
    with pytest.raises(NotFound):
        accepted("nobody-made-this", now)


def test_the_same_invitation_again_gives_a_fresh_link_and_the_old_one_stops(now):
    store = a_store()
    manager, key = a_viewer("store", store), new_id()
    _, first = an_invite(store, manager, now, id=key)
    _, second = an_invite(store, manager, now, id=key)
    assert Invite.objects.count() == 1
    with pytest.raises(NotFound):
        accepted(first, now)
    assert accepted(second, now).system == "store"


def test_nobody_invites_beyond_what_they_may_give(now):
    store, other = a_store(), a_store()
    for by, where in ((a_viewer("store", store, "clerk"), store), (a_viewer("store", store), other)):
        with pytest.raises(NotAllowed):
            an_invite(where, by, now)
    assert not Invite.objects.exists()


def test_a_pin_takes_a_till_over_in_the_clerk_s_own_store_only(now):
    store, other = a_store(), a_store()
    clerk = a_staff("store", store, "clerk")
    with pytest.raises(PinMissing):
        actions.prove_pin(clerk.id, store_id=store.id, pin=PIN, now=now)
    actions.set_pin(clerk.id, brand_id=store.brand_id, pin=PIN, now=now)
    assert actions.prove_pin(clerk.id, store_id=store.id, pin=PIN, now=now) == clerk.id
    with pytest.raises(NotAllowed):
        actions.prove_pin(clerk.id, store_id=other.id, pin=PIN, now=now)
    assert [(one.id, one.has_pin) for one in clerks_of(store.id)] == [(clerk.id, True)]


def test_five_wrong_pins_lock_it_for_ten_minutes_even_for_the_right_one(now):
    store = a_store()
    clerk = a_staff("store", store, "clerk")
    actions.set_pin(clerk.id, brand_id=store.brand_id, pin=PIN, now=now)
    for left in (4, 3, 2, 1):
        with pytest.raises(PinWrong) as wrong:
            actions.prove_pin(clerk.id, store_id=store.id, pin="000000", now=now)
        assert wrong.value.facts == {"tries_left": left}
    for pin, minutes in (("000000", 0), (PIN, 9)):
        with pytest.raises(PinLocked):
            actions.prove_pin(clerk.id, store_id=store.id, pin=pin, now=now + timedelta(minutes=minutes))
    assert actions.prove_pin(clerk.id, store_id=store.id, pin=PIN, now=now + timedelta(minutes=10)) == clerk.id
    assert Audit.objects.filter(verb="pin_locked", subject_id=clerk.id).count() == 1


@pytest.mark.parametrize(
    ("pin", "weak"),
    [("111111", True), ("123456", True), ("987654", True), ("12345", True), ("12345a", True), ("١٢٣٤٥٧", True), ("135791", False)],
)  # fmt: skip
def test_pins_that_are_none(pin, weak, now):
    assert pin_is_weak(pin) is weak
    if weak:
        with pytest.raises(PinWeak):
            actions.set_pin(new_id(), brand_id=new_id(), pin=pin, now=now)


def test_by_pin_one_has_a_till_s_rights_and_no_more_also_in_a_token(now):
    store = a_store()
    place = (Place("store", store.id, "manager"),)
    by_password, by_pin = (Viewer(new_id(), "store", store.brand_id, place, None, pin) for pin in (False, True))
    assert by_password.may("staff.change") and by_password.may("till.sell")
    assert not by_pin.may("staff.change") and not by_pin.places_with("member.reveal") and by_pin.may("till.close")
    assert verify(issue(by_pin, ttl_s=60, now=now), now=now) == by_pin
    assert verify(issue(by_password, ttl_s=60, now=now), now=now) == by_password


def test_a_colleague_takes_the_page_s_session_over_by_pin():
    store = a_store()
    manager, clerk = a_staff("store", store), a_staff("store", store, "clerk", name="小明")
    client = Client()
    open_session(client, manager)
    from sitong.shared.clock import now as present

    actions.set_pin(clerk.id, brand_id=store.brand_id, pin=PIN, now=present())
    assert "小明" in client.get("/store/clerks/").content.decode()
    wrong = client.post("/store/clerks/", {"store": store.id, "clerk": clerk.id, "pin": "000001"})
    assert wrong.status_code == 422
    assert client.get("/store/staff/").status_code == 200
    taken = client.post("/store/clerks/", {"store": store.id, "clerk": clerk.id, "pin": PIN, "next": "/store/orders/"})
    assert (taken.status_code, taken.headers["Location"]) == (302, "/store/orders/")
    assert client.get("/store/staff/").status_code == 403
    assert client.post("/account/pin/", {"pin": "204060"}).status_code == 403


def test_wechat_answers_a_code_once_and_refuses_what_the_real_one_refuses(wechat):
    code = wechat.code_for("小明")
    user = user_of_code(app_of(wechat), code)
    assert user.openid.startswith("o") and user.unionid.startswith("u")
    assert user_of_code(app_of(wechat), wechat.code_for("小明")).openid == user.openid
    for app, wrong, refusal in (
        (app_of(wechat), code, WechatCodeWrong),
        (app_of(wechat), "never-given", WechatCodeWrong),
        (app_of(wechat), wechat.code_for("小明", given_at=-float(CODE_HOLDS_S) - 10**9), WechatCodeWrong),
        (app_of(wechat, secret="another"), wechat.code_for("小明"), WechatRefused),
        (app_of(wechat, app_id="wxother"), wechat.code_for("小明"), WechatRefused),
    ):
        with pytest.raises(refusal):
            user_of_code(app, wrong)
    assert user_of_code(app_of(wechat, kind="account"), wechat.code_for("小红")).openid != user.openid


def test_staff_bound_to_wechat_sign_in_with_one_tap(wechat, now):
    store = a_store()
    clerk, other = a_staff("store", store, "clerk"), a_staff("store", store, "clerk")
    actions.keep_wechat_app(store.brand_id, app_of(wechat), by=None, now=now)
    app = wechat_app_of(store.brand_id, "mini")
    assert app == app_of(wechat)
    user = user_of_code(app, wechat.code_for("小明"))
    with pytest.raises(WechatUnbound):
        actions.sign_in_by_wechat(store.brand_id, user)
    actions.bind_wechat(clerk, user, now=now)
    actions.bind_wechat(clerk, user, now=now)
    assert actions.sign_in_by_wechat(store.brand_id, user) == clerk
    with pytest.raises(WechatTaken):
        actions.bind_wechat(other, user, now=now)
    assert WechatBinding.objects.count() == 1
    actions.unbind_wechat(clerk.id, brand_id=store.brand_id, by=clerk.id, now=now)
    with pytest.raises(WechatUnbound):
        actions.sign_in_by_wechat(store.brand_id, user)


def test_one_tap_does_not_replace_headquarters_second_factor(wechat, now):
    brand = a_brand()
    owner = a_staff("brand", brand)
    user = user_of_code(app_of(wechat), wechat.code_for("小红"))
    actions.bind_wechat(owner, user, now=now)
    with pytest.raises(WechatNotEnough):
        actions.sign_in_by_wechat(brand.id, user)


def test_the_api_signs_in_by_wechat_and_by_pin(wechat, client):
    store = a_store()
    clerk, manager = a_staff("store", store, "clerk"), a_staff("store", store)
    from sitong.org.brands.queries import brand_facts
    from sitong.shared.clock import now as present

    actions.keep_wechat_app(store.brand_id, app_of(wechat), by=None, now=present())
    mine = as_viewer(viewer_of_account(clerk))
    body = {"code": wechat.code_for("小明")}
    assert client.post("/api/v1/account/wechat", body, content_type="application/json", headers=mine).status_code == 204
    told = {"brand_code": brand_facts([store.brand_id])[store.brand_id].code, "code": wechat.code_for("小明")}
    token = client.post("/api/v1/sign-in/wechat", told, content_type="application/json")
    assert (token.status_code, token.json()["system"]) == (200, "store")
    assert client.post("/api/v1/sign-in/wechat", told, content_type="application/json").json()["code"] == "org.wechat_code_wrong"  # fmt: skip
    assert client.put("/api/v1/account/pin", {"pin": PIN}, content_type="application/json", headers=mine).status_code == 204  # fmt: skip
    theirs = as_viewer(viewer_of_account(manager))
    wanted = {"store_id": str(store.id), "account_id": str(clerk.id), "pin": PIN}
    taken = client.post("/api/v1/sign-in/pin", wanted, content_type="application/json", headers=theirs)
    assert taken.status_code == 200
    switched = {"Authorization": f"Bearer {taken.json()['token']}"}
    refused = client.put("/api/v1/account/pin", {"pin": "135791"}, content_type="application/json", headers=switched)
    assert refused.status_code == 403


def test_one_sees_and_ends_one_s_sessions_and_a_new_password_ends_the_others():
    store = a_store()
    clerk = a_staff("store", store, "clerk", username=a_code("anna"), password="first secret 88")
    here, there = Client(HTTP_USER_AGENT="Mozilla Firefox/140 (Windows)"), Client()
    for client in (here, there):
        signed = client.post("/sign-in/store/", {"username": clerk.username, "password": "first secret 88"})
        assert signed.status_code == 302
    page = here.get("/account/").content.decode()
    assert "Firefox, Windows" in page and len(sessions_of(clerk.id)) == 2
    wrong = here.post("/account/password/", {"old": "not it", "new": "second secret 99"})
    assert wrong.status_code == 422
    changed = here.post("/account/password/", {"old": "first secret 88", "new": "second secret 99"})
    assert changed.status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert len(sessions_of(clerk.id)) == 1
    again = Client()
    again.post("/sign-in/store/", {"username": clerk.username, "password": "second secret 99"})
    (other,) = [one for one in sessions_of(clerk.id, key=here.session.session_key) if not one.here]
    here.post("/account/sessions/", {"session": other.id})
    assert again.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_nobody_ends_a_stranger_s_session(now):
    store = a_store()
    clerk, other = a_staff("store", store, "clerk"), a_staff("store", store, "clerk", password="first secret 88")
    signed, thief = Client(), Client()
    signed.post("/sign-in/store/", {"username": other.username, "password": "first secret 88"})
    open_session(thief, clerk)
    (session,) = sessions_of(other.id)
    thief.post("/account/sessions/", {"session": session.id})
    assert signed.get("/account/").status_code == 200


def test_who_leaves_is_out_everywhere_at_once(now):
    store = a_store()
    leaver = a_staff("store", store, "manager", username=a_code("left"), password="first secret 88")
    colleague, manager = a_staff("store", store, "clerk"), a_viewer("store", store)
    client = Client()
    client.post("/sign-in/store/", {"username": leaver.username, "password": "first secret 88"})
    actions.set_pin(leaver.id, brand_id=store.brand_id, pin=PIN, now=now)
    _, secret = an_invite(store, viewer_of_account(leaver), now)
    left = actions.let_go(leaver.id, successor_id=colleague.id, reason="moved away", by=manager, now=now)
    assert left.handed["org.invites"] == 1 and left.handed["shared.sessions"] == 1
    assert actions.let_go(leaver.id, successor_id=None, reason="again", by=manager, now=now) == left
    assert client.get("/account/").status_code == 302
    assert clerks_of(store.id)[0].id == colleague.id
    with pytest.raises(InviteOver):
        accepted(secret, now)
    with pytest.raises(NotAllowed):
        actions.prove_pin(leaver.id, store_id=store.id, pin=PIN, now=now)
    assert Audit.objects.get(verb="left").after["successor"] == str(colleague.id)


def test_nobody_lets_oneself_or_a_stranger_go_and_a_successor_must_be_in_reach(now):
    store, other = a_store(), a_store()
    clerk, manager, far = a_staff("store", store, "clerk"), a_staff("store", store), a_staff("store", other, "clerk")
    by = viewer_of_account(manager)
    for who, successor, code in (
        (manager.id, None, "org.not_yourself"), (far.id, None, "shared.not_found"),
        (clerk.id, far.id, "org.successor_unfit"), (clerk.id, clerk.id, "org.successor_unfit"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=code):
            actions.let_go(who, successor_id=successor, reason="", by=by, now=now)
    clerk.refresh_from_db()
    assert clerk.is_active and not Leaving.objects.exists()


def test_recovery_codes_are_made_anew_for_digits_of_now_and_the_old_ones_stop(now):
    from sitong.shared.access.actions.factors import prove_second_factor, set_up_second_factor
    from sitong.shared.access.factors import code_of_now, generate_totp_secret, recovery_codes_left

    owner = a_staff("brand", a_brand())
    secret = generate_totp_secret()
    old = set_up_second_factor(owner.id, secret=secret, code=code_of_now(secret, now=now), by=owner.id, now=now)
    later = now + timedelta(minutes=2)
    new = actions.renew_recovery_codes(owner, code=code_of_now(secret, now=later), now=later)
    assert len(new) == 10 and not set(old) & set(new)
    with pytest.raises(Refused, match=r"shared\.second_factor_wrong"):
        prove_second_factor(owner, code=old[0], now=later)
    prove_second_factor(owner, code=new[0], now=later)
    assert recovery_codes_left(owner.id) == 9


def test_the_pages_of_coming_and_going_open_and_lead_through(now):
    store = a_store()
    manager, clerk = a_staff("store", store), a_staff("store", store, "clerk")
    client, stranger = Client(), Client()
    open_session(client, manager)
    told = {"id": new_id(), "name": "小芳", "role": "store clerk", "place": f"store {store.id}"}
    page = client.post("/store/staff/invite/", told).content.decode()
    link = page.split('class="org-link-text" value="')[1].split('"')[0]
    path = "/join/" + link.split("/join/")[1]
    assert stranger.get(path).status_code == 200
    chosen = {"username": a_code("fang"), "name": "小芳", "password": "a long secret 7", "phone": ""}
    joined = stranger.post(path, chosen)
    assert (joined.status_code, joined.headers["Location"]) == (302, "/store/")
    assert stranger.get("/account/").status_code == 200
    assert "created" not in stranger.get(path).content.decode()
    roles = f"/store/staff/{clerk.id}/roles/"
    assert client.get(roles).status_code == 200
    assert client.post(roles, {"role": "manager", "place": f"store {store.id}"}).status_code == 302
    assert places_of(clerk) == (Place("store", store.id, "manager"),)
    assert client.post(roles, {}).status_code == 422
    leave = f"/store/staff/{clerk.id}/leave/"
    assert client.get(leave).status_code == 200
    assert client.post(leave, {"successor": "", "reason": "moved"}).status_code == 200
    assert Leaving.objects.get().account_id == clerk.id
