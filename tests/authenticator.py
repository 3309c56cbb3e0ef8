"""An authenticator made of software: it does what a browser and its passkeys do, and on request does it wrong."""

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
COSE = {"kty": 1, "alg": 3, "curve": -1, "x": -2, "y": -3}


@dataclass(slots=True)
class Passkey:
    """One passkey. What a test changes here, it signs."""

    origin: str = ORIGIN
    rp_id: str | None = None
    """Another than the options ask for."""
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    """Whether it counts its signatures; many passkeys always say 0."""
    counter: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    owner: str | None = None
    """The user handle that the options of the registration gave."""

    def register(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        self.owner = options["user"]["id"]
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self.public_key()
        data = self._data(options["rp"]["id"], self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        told = self._client_data("webauthn.create", options)
        return self._credential(clientDataJSON=told, attestationObject=attestation)

    def public_key(self) -> bytes:
        """The public half, as it is stored (COSE)."""
        numbers = self.key.public_key().public_numbers()
        place = {"x": numbers.x.to_bytes(32, "big"), "y": numbers.y.to_bytes(32, "big")}
        words: dict[str, Any] = {"kty": 2, "alg": -7, "curve": 1, **place}
        return cbor2.dumps({COSE[name]: value for name, value in words.items()})

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        data = self._data(options["rpId"], self.flags)
        told = self._client_data("webauthn.get", options)
        signature = self.key.sign(data + sha256(told).digest(), ECDSA(SHA256()))
        credential = self._credential(clientDataJSON=told, authenticatorData=data, signature=signature)
        credential["response"]["userHandle"] = self.owner
        return credential

    def _data(self, rp_id: str, flags: int) -> bytes:
        if self.counts:
            self.counter += 1
        return sha256((self.rp_id or rp_id).encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _credential(self, **response: bytes) -> dict[str, Any]:
        own = bytes_to_base64url(self.id)
        told = {name: bytes_to_base64url(value) for name, value in response.items()}
        return {"id": own, "rawId": own, "type": "public-key", "response": told, "clientExtensionResults": {}}


def with_broken_signature(credential: dict[str, Any]) -> dict[str, Any]:
    """The same answer, with one bit of its signature changed."""
    signature = bytearray(base64url_to_bytes(credential["response"]["signature"]))
    signature[-1] ^= 1
    return {**credential, "response": {**credential["response"], "signature": bytes_to_base64url(bytes(signature))}}
