"""Signatures of calls between programs, as the Standard Webhooks specification (version 1) has them.

What is signed is `{id}.{timestamp}.{body}` by HMAC-SHA256 with a secret that both sides know; the headers are
`webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature` (`v1,` and the signature in Base64; several
are separated by spaces, and one that is right is enough).
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from datetime import datetime

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
_BYTES = 32
_ID = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,200}")  # no dot, which separates what is signed
_SECONDS = re.compile(r"[0-9]{1,12}")
_MOST_SIGNATURES = 10


def new_secret() -> str:
    """Return a new secret in its usual form: `whsec_` and 32 random bytes in Base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signed_headers(secret: str, call_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that prove a call."""
    stamp = str(int(moment.timestamp()))
    return {
        "webhook-id": call_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + _signature(secret, call_id, stamp, body),
    }


def is_genuine(secret: str, headers: tuple[str, str, str], moment: datetime, body: bytes) -> bool:
    """Whether a call is of whoever knows the secret, and of now. `headers`: id, timestamp and signature.

    It takes as long for a wrong signature as for a right one.
    """
    call_id, stamp, given = headers
    is_timely = bool(_SECONDS.fullmatch(stamp)) and (
        abs(moment.timestamp() - int(stamp)) <= TOLERANCE_SECONDS
    )
    is_named = bool(_ID.fullmatch(call_id))
    right = ("v1," + _signature(secret, call_id, stamp, body)).encode()
    matches = False
    for one in given.split(" ")[:_MOST_SIGNATURES]:
        matches |= hmac.compare_digest(one.encode(), right)
    return is_timely and is_named and matches


def _signature(secret: str, call_id: str, stamp: str, body: bytes) -> str:
    signed = f"{call_id}.{stamp}.".encode() + body
    return base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return secret.encode()
