"""Sealing: what the database keeps and must not be able to read by itself (AES-256-GCM).

A sealed value is version (1 byte), key id (2), nonce (12), ciphertext and tag. It is bound to its place: sealed for one
table, column and row, it opens nowhere else. The first key of the ring seals, all of them open.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
LAST_NUMBER = 0xFFFF
_VERSION = b"\x01"
_NONCE = 12


class SealBroken(Exception):
    """The value was not sealed here: for another place, with a key that is gone, or it was changed."""


class Seal:
    """A ring of keys, by number; the greatest number seals."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError(f"a ring holds at least one key, each of {KEY_BYTES} bytes")
        if not all(0 <= number <= LAST_NUMBER for number in keys):
            raise ValueError(f"keys have numbers from 0 to {LAST_NUMBER}")
        self._keys = {number: AESGCM(key) for number, key in keys.items()}
        self._current = max(keys)

    @classmethod
    def from_text(cls, text: str) -> "Seal":
        """A ring as the settings write it: `1:BASE64,2:BASE64`. Raises ValueError."""
        pairs = [part.strip().partition(":") for part in text.split(",") if part.strip()]
        keys = {int(number): b64decode(key, validate=True) for number, _, key in pairs}
        if len(keys) < len(pairs):
            raise ValueError("a number of a key is there twice")
        return cls(keys)

    def seal(self, plain: bytes, table: str, column: str, row: UUID) -> bytes:
        """Seal a value for its place."""
        head, nonce = _VERSION + self._current.to_bytes(2, "big"), os.urandom(_NONCE)
        return head + nonce + self._keys[self._current].encrypt(nonce, plain, _place(table, column, row))

    def open(self, sealed: bytes, table: str, column: str, row: UUID) -> bytes:
        """The value that was sealed for this place. Raises SealBroken."""
        key = self._keys.get(int.from_bytes(sealed[1:3], "big"))
        if key is None or sealed[:1] != _VERSION:
            raise SealBroken
        try:
            return key.decrypt(sealed[3 : 3 + _NONCE], sealed[3 + _NONCE :], _place(table, column, row))
        except InvalidTag as error:
            raise SealBroken from error


def new_ring() -> str:
    """A ring with one new key, as text."""
    return f"1:{b64encode(os.urandom(KEY_BYTES)).decode()}"


def _place(table: str, column: str, row: UUID) -> bytes:
    return f"{table}|{column}|{row}".encode()
