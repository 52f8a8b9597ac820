"""The broker's own secrets as one value, made from its secret file. `repr` shows nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from broker.errors import Misconfigured
from broker.keys.secrets import Secrets


@dataclass(frozen=True)
class Keyring:
    label_key: bytes = field(repr=False)
    reference_key: bytes = field(repr=False)
    detail_key: bytes = field(repr=False)
    protection_key: bytes = field(repr=False)
    handle_key: bytes = field(repr=False)
    involvement_key: bytes = field(repr=False)
    verdict_key: bytes = field(repr=False)
    verdict_seal_key: bytes = field(repr=False)
    guess_key: bytes = field(repr=False)
    receipt_key: Ed25519PrivateKey = field(repr=False)
    request_key: Ed25519PrivateKey = field(repr=False)
    audit_log_key: Ed25519PrivateKey = field(repr=False)
    seal_key: MLKEM768X25519PrivateKey = field(repr=False)
    key_encrypting_keys: Mapping[str, bytes] = field(repr=False)

    def key_encrypting_key(self, agency: str) -> bytes:
        """The key that wraps the data keys of `agency`'s records. Raises `Misconfigured` when there is none."""
        try:
            return self.key_encrypting_keys[agency]
        except KeyError:
            raise Misconfigured("secret-missing", f"there is no key-encrypting key for the agency `{agency}`") from None


def keyring(secrets: Secrets) -> Keyring:
    """The keyring in a secret file. Raises `Misconfigured` naming what is missing."""
    prefix = "kek."
    agencies = [name.removeprefix(prefix) for name in secrets.values if name.startswith(prefix)]
    return Keyring(
        label_key=secrets.bytes32("label"),
        reference_key=secrets.bytes32("reference"),
        detail_key=secrets.bytes32("detail"),
        protection_key=secrets.bytes32("protection"),
        handle_key=secrets.bytes32("handle"),
        involvement_key=secrets.bytes32("involvement"),
        verdict_key=secrets.bytes32("verdict"),
        verdict_seal_key=secrets.bytes32("verdict_seal"),
        guess_key=secrets.bytes32("guess"),
        receipt_key=secrets.ed25519("receipt"),
        request_key=secrets.ed25519("request"),
        audit_log_key=secrets.ed25519("audit_log"),
        seal_key=secrets.hybrid("seal"),
        key_encrypting_keys={agency: secrets.bytes32(prefix + agency) for agency in agencies},
    )
