"""Secrets that people carry: what they look like, and what is stored of them (security.md 1.1)."""

import secrets
from hashlib import sha256

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No letter or digit that is taken for another when it is read out or written down."""
LONG_CODE = (5, 5)
"""Blocks and symbols in each: 25 symbols, 122 bits, enough for a plain hash (ASVS 6.5.2)."""
SHORT_CODE = (2, 4)
"""8 symbols, 39 bits: only beside a long secret, and with a few attempts."""


def new_token() -> str:
    """256 bits, for a link or a session."""
    return secrets.token_urlsafe(32)


def new_code(form: tuple[int, int]) -> str:
    """A code to be typed, in blocks: `7GHK-M2PQ`."""
    blocks, symbols = form
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(symbols)) for _ in range(blocks))


def hashed(secret: str) -> bytes:
    """What is stored of a secret of 112 bits or more."""
    return sha256(secret.encode()).digest()


def plain_code(typed: str) -> str:
    """A code as it was meant, however it was typed: without dashes and spaces, in capitals."""
    return "".join(symbol for symbol in typed.upper() if symbol.isalnum())


def hashed_code(typed: str, salt: str = "") -> bytes:
    """What is stored of a code. A short one needs a salt that is itself a secret and nowhere stored."""
    return sha256(f"{salt}|{plain_code(typed)}".encode()).digest()


def is_code(typed: str, stored: bytes | None, salt: str = "") -> bool:
    """Whether a typed code is the one that is stored, in the same time whatever was typed."""
    return stored is not None and secrets.compare_digest(hashed_code(typed, salt), stored)
