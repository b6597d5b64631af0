"""What a JSON Schema cannot say of values: how long an id or a password is in bytes, and that each request has a key of its own."""

import re
import unicodedata
import uuid

import schemathesis
from hypothesis import strategies

LETTERS = strategies.characters(categories=["Ll", "Lu", "Lo", "Nd"])
IDS = strategies.text(LETTERS, min_size=1, max_size=32)
IDS = IDS.map(lambda text: unicodedata.normalize("NFC", text))

schemathesis.openapi.format("zaibo-id", IDS.filter(lambda text: len(text.encode()) <= 32))

PASSWORDS = strategies.text(min_size=1, max_size=128).filter(lambda text: len(text.encode()) <= 128)
schemathesis.openapi.format("password", PASSWORDS)


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """The key of another request would be refused: a good key is replaced by a new one."""
    key = "Idempotency-Key"
    headers = case.headers or {}
    if re.fullmatch("[!-~]{1,64}", str(headers.get(key, ""))):
        headers[key] = str(uuid.uuid4())
