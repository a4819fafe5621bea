"""Ask WeChat whose one-time code this is. The only place that speaks to it for sign-in; never inside of a transaction.

A mini program's code is asked for by `wx.login` and answered by jscode2session; an official account's comes back from the
authorize page and is answered by sns/oauth2/access_token. Both give the openid, and the unionid where the app has one.
Source: WeChat's open documentation, "小程序登录 auth.code2Session" and "网页授权".
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import requests

from sitong.shared.errors import Refused

ADDRESS = "https://api.weixin.qq.com"
AUTHORIZE = "https://open.weixin.qq.com"
PATHS = {"mini": ("/sns/jscode2session", "js_code"), "account": ("/sns/oauth2/access_token", "code")}
TIMEOUT_S = 5
BUSY = {-1, 45011}


class WechatCodeWrong(Refused):
    """WeChat does not know this code: it is old, was used before, or belongs to another app. Tap again."""

    code = "org.wechat_code_wrong"


class WechatUnreachable(Refused):
    """WeChat does not answer, or says that it is busy: nothing was decided, try again."""

    code = "org.wechat_unreachable"


class WechatRefused(Refused):
    """WeChat refused the brand's app itself (id or secret): headquarters must look: fact errcode."""

    code = "org.wechat_refused"


@dataclass(frozen=True, slots=True)
class WechatUser:
    """Who tapped, as one app knows the person."""

    app_id: str
    openid: str
    unionid: str = ""


@dataclass(frozen=True, slots=True)
class AppFacts:
    """A brand's app, its secret in clear. An empty `gateway` is WeChat's own address."""

    kind: str
    app_id: str
    secret: str
    gateway: str = ""


def user_of_code(app: AppFacts, code: str) -> WechatUser:
    """Give whose code it is; WeChat answers each code once. Refused: org.wechat_code_wrong, org.wechat_refused, org.wechat_unreachable."""
    path, name = PATHS[app.kind]
    asked = {"appid": app.app_id, "secret": app.secret, name: code, "grant_type": "authorization_code"}
    try:
        answer = requests.get(f"{app.gateway or ADDRESS}{path}", params=asked, timeout=TIMEOUT_S)
        told = answer.json()
    except (requests.RequestException, ValueError):
        raise WechatUnreachable() from None
    errcode = int(told.get("errcode", 0))
    if errcode in BUSY:
        raise WechatUnreachable()
    if errcode in (40029, 40163, 41008):
        raise WechatCodeWrong()
    if errcode or not told.get("openid"):
        raise WechatRefused(errcode=errcode)
    return WechatUser(app.app_id, str(told["openid"]), str(told.get("unionid", "")))


def authorize_address(app: AppFacts, *, back: str, state: str) -> str:
    """Give the page of WeChat that asks nobody anything (snsapi_base) and comes back with a code."""
    asked = {"appid": app.app_id, "redirect_uri": back, "response_type": "code", "scope": "snsapi_base", "state": state}
    return f"{app.gateway or AUTHORIZE}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"
