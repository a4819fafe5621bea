"""Checks signatures as Alibaba Cloud (ACS3-HMAC-SHA256) and Tencent Cloud (TC3-HMAC-SHA256) do. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

ACS3 = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")
TC3 = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/([^/]+)/([^/]+)/tc3_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})"
)
SKEW_S = 900


def acs3_fault(
    method: str, query: str, headers: Mapping[str, str], body: bytes, *, account: str, secret: str, at: float
) -> str:
    """Give what is wrong with a request to Alibaba Cloud; '' when its signature holds."""
    found = ACS3.fullmatch(headers.get("authorization", ""))
    if found is None:
        return "MissingSignature"
    key, signed, signature = found.groups()
    if key != account:
        return "InvalidAccessKeyId.NotFound"
    try:
        stamp = datetime.strptime(headers.get("x-acs-date", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return "InvalidTimeStamp.Format"
    if abs(stamp - at) > SKEW_S:
        return "InvalidTimeStamp.Expired"
    payload = hashlib.sha256(body).hexdigest()
    if headers.get("x-acs-content-sha256") != payload:
        return "SignatureDoesNotMatch"
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    written = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    names = signed.split(";")
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    request = "\n".join([method, "/", written, lines, signed, payload])
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
    right = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return "" if hmac.compare_digest(right, signature) else "SignatureDoesNotMatch"


def tc3_fault(method: str, headers: Mapping[str, str], body: bytes, *, account: str, secret: str, at: float) -> str:
    """Give what is wrong with a request to Tencent Cloud; '' when its signature holds."""
    found = TC3.fullmatch(headers.get("authorization", ""))
    if found is None:
        return "AuthFailure.SignatureFailure"
    key, on, service, signed, signature = found.groups()
    if key != account:
        return "AuthFailure.SecretIdNotFound"
    stamp = headers.get("x-tc-timestamp", "")
    if not stamp.isdigit() or abs(int(stamp) - at) > 300:
        return "AuthFailure.SignatureExpire"
    lines = "".join(f"{name}:{headers.get(name, '').strip().lower()}\n" for name in signed.split(";"))
    request = "\n".join([method, "/", "", lines, signed, hashlib.sha256(body).hexdigest()])
    scope = f"{on}/{service}/tc3_request"
    to_sign = "\n".join(["TC3-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    sealed = f"TC3{secret}".encode()
    for part in (on, service, "tc3_request"):
        sealed = hmac.new(sealed, part.encode(), hashlib.sha256).digest()
    right = hmac.new(sealed, to_sign.encode(), hashlib.sha256).hexdigest()
    return "" if hmac.compare_digest(right, signature) else "AuthFailure.SignatureFailure"
