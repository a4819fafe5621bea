"""Signing, verifying and sealing as WeChat Pay's API v3 prescribes (pay.weixin.qq.com/doc/v3, "signature" and "notification")."""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from sitong.scene.payments.demo.keys import DemoKeys

SCHEME = "WECHATPAY2-SHA256-RSA2048"
REQUEST_AGE_MAX_S = 300


class Unsigned(Exception):
    """The request's signature does not hold; the text says which part."""


def verify_request(keys: DemoKeys, *, method: str, target: str, body: bytes, authorization: str) -> None:
    """Check a merchant's request. Raises Unsigned. `target` is the path with its query."""
    scheme, _, rest = authorization.partition(" ")
    parts = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    if scheme != SCHEME or not {"mchid", "nonce_str", "signature", "timestamp", "serial_no"} <= parts.keys():
        raise Unsigned("authorization")
    if parts["mchid"] != keys.merchant_number or parts["serial_no"] != keys.serial:
        raise Unsigned("merchant")
    if not parts["timestamp"].isdigit() or abs(time.time() - int(parts["timestamp"])) > REQUEST_AGE_MAX_S:
        raise Unsigned("timestamp")
    signed = f"{method}\n{target}\n{parts['timestamp']}\n{parts['nonce_str']}\n".encode() + body + b"\n"
    public = load_pem_public_key(keys.merchant_public.encode())
    assert isinstance(public, RSAPublicKey)
    try:
        public.verify(base64.b64decode(parts["signature"]), signed, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError) as wrong:
        raise Unsigned("signature") from wrong


def signature_headers(keys: DemoKeys, body: bytes) -> dict[str, str]:
    """Give the headers with which the provider signs an answer or a notification."""
    stamp, nonce = str(int(time.time())), secrets.token_hex(16)
    private = load_pem_private_key(keys.provider_private.encode(), None)
    assert isinstance(private, RSAPrivateKey)
    signature = private.sign(f"{stamp}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
    return {
        "Wechatpay-Signature": base64.b64encode(signature).decode(), "Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": keys.provider_key_id, "Wechatpay-Signature-Type": SCHEME,
    }  # fmt: skip


def notification(keys: DemoKeys, *, event_type: str, kind: str, resource: dict[str, Any]) -> bytes:
    """Make a notification's body: the resource sealed with AES-256-GCM under the APIv3 key."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(keys.api_key.encode()).encrypt(nonce.encode(), json.dumps(resource).encode(), kind.encode())
    return json.dumps({
        "id": secrets.token_hex(16), "create_time": time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + 8 * 3600)),
        "event_type": event_type, "resource_type": "encrypt-resource", "summary": event_type,
        "resource": {"algorithm": "AEAD_AES_256_GCM", "original_type": kind, "associated_data": kind, "nonce": nonce,
                     "ciphertext": base64.b64encode(sealed).decode()},
    }).encode()  # fmt: skip
