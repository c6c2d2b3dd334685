"""Headers by which a receiver knows that a webhook came from this map, unchanged and recently.

The scheme is that of standardwebhooks.com, for which there are libraries in most languages:

    webhook-id         id of the message, the same at every attempt: the idempotency key
    webhook-timestamp  seconds since 1970 when this attempt was made; a receiver should refuse one that is further than
                       five minutes from its own clock
    webhook-signature  v1,BASE64 of HMAC-SHA256(secret, ID + "." + TIMESTAMP + "." + body)
    idempotency-key    the id once more, under the name that many receivers look for
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode


def signature(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = b".".join((message_id.encode(), str(timestamp_s).encode(), body))
    return "v1," + b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def signed_headers(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The headers of one attempt."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": signature(key, message_id, timestamp_s, body),
        "idempotency-key": message_id,
    }
