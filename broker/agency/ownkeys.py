"""Which of its own keys an agency uses now: the newest of each that it holds and the trust list calls for.

    delivery, delivery.2   signs as council/delivery-1, council/delivery-2: the newest that the trust list has as active
    evidence, evidence.2   of the open epochs, those that are held: one, or both while the key changes
    seal, seal.2           all that are held: what was sealed to an older one still opens
    client, client.2       prove this machine as council/client-1, council/client-2, once the trust list has one of them

A key that is made here is on the trust list some days later, and until then its predecessor goes on.
"""

from __future__ import annotations

from collections.abc import Mapping

from broker.errors import Misconfigured, Untrusted
from broker.keys import clientkeys, sealing
from broker.keys.clientkeys import CLIENT, ClientSigner
from broker.keys.messages import RequestSigner
from broker.keys.secrets import Secrets, numbered
from broker.keys.trust import Trust

EVIDENCE, SEAL = "evidence", "seal"
"""The names of secrets that are no signing keys, without their numbers."""


def evidence_keys(secrets: Secrets, trust: Trust) -> Mapping[int, bytes]:
    """The evidence keys of the open epochs that this agency holds, by epoch.

    Raises `Misconfigured` naming the newest when it holds none of them.
    """
    held = [epoch for epoch in trust.evidence_epochs if epoch in secrets.numbers(EVIDENCE)]
    return {epoch: secrets.bytes32(numbered(EVIDENCE, epoch)) for epoch in held or [trust.evidence_epoch]}


def key_id(agency: str, name: str, number: int) -> str:
    """The usual id of an agency's key on the trust list."""
    return f"{agency}/{name}-{number}"


def signer(secrets: Secrets, name: str, first_id: str, *, trust: Trust) -> RequestSigner:
    """The signer of the newest key called `name` that the trust list has as active; the oldest held if it has none.

    `first_id` is the id of the key without a number. Raises `Misconfigured` when none is held.
    """
    numbers, agency = secrets.numbers(name), first_id.partition("/")[0]
    listed = {key.id: key for one in trust.agencies if one.agency == agency for key in one.keys}
    for number in reversed(numbers):
        made = one_signer(secrets, name, first_id, number=number)
        key = listed.get(made.key_id)
        public = made.private_key.public_key().public_bytes_raw()
        if key is not None and (key.status, key.public) == ("active", public):
            return made
    return one_signer(secrets, name, first_id, number=min(numbers, default=1))


def one_signer(secrets: Secrets, name: str, first_id: str, *, number: int) -> RequestSigner:
    """The signer of one key. Raises `Misconfigured` when it is not held."""
    own_id = first_id if number == 1 else key_id(first_id.partition("/")[0], name, number)
    return RequestSigner(own_id, secrets.ed25519(numbered(name, number)))


def client(secrets: Secrets, agency: str, *, trust: Trust) -> ClientSigner | None:
    """The newest client key held that the trust list has as active; None when it has none of this agency.

    Raises `Misconfigured` when it has some and none of those is held.
    """
    listed = {key.id: key.public for one in trust.agencies if one.agency == agency for key in one.clients
              if key.status == "active"}  # fmt: skip
    for number in reversed(secrets.numbers(CLIENT)):
        made = clientkeys.of_secret(key_id(agency, CLIENT, number), secrets.values[numbered(CLIENT, number)])
        if listed.get(made.id) == made.public:
            return made
    if listed:
        hint = f"take in one of {', '.join(sorted(listed))} with `broker-agency keys client`"
        raise Misconfigured("client-key-missing", "no client key that the trust list has is held here", hint=hint)
    return None


def unseal(secrets: Secrets, sealed: bytes, *, info: bytes) -> bytes:
    """What was sealed to this agency, now or before a change of its seal key. Raises `Misconfigured`, `Untrusted`."""
    for number in reversed(secrets.numbers(SEAL) or (1,)):
        try:
            return sealing.open_hybrid(sealed, secrets.hybrid(numbered(SEAL, number)), info=info)
        except Untrusted:
            continue
    raise Untrusted("seal-broken", "a sealed value was not made for this agency, or was changed")
