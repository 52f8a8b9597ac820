"""What leaves: tokens that match across agencies, evidence of one size, payloads bound to their place. Real crypto."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from client_parties import NOW, Parties, counted, make_trust, point_of, read_chunk, secret, unit_keys, unmask
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.agency import csvfile, mapping, pseudonyms
from broker.agency.blind import Blinder, Occasion
from broker.agency.evidence import NOT_HELD, Sealer, about_question, about_record, seal_info
from broker.agency.matchkeys import Person, evidence_atoms, match_keys
from broker.agency.ready import Preparer, prepare_table
from broker.errors import BadInput, Untrusted
from broker.keys import context, sealing, signing
from broker.keys.envelope import unpad
from broker.keys.statement import LAYOUTS, SLOT_BYTES
from broker.linkunit.evaluate import evaluate
from broker.tokens import load_scheme
from broker.wire.delivery import EVIDENCE_BYTES, Payload
from broker.wire.evaluation import EvaluateAnswer, EvaluateRequest
from broker.wire.fields import parse

PERSON = Person(forename="siobhan", surname="quillfeather", dob="2018-03-12", postcode="zy12ab", nhs="9990000018")
NOW_SECONDS = int(NOW.timestamp())
TRUST = make_trust()
SIGNED_BYTES, HEAD_BYTES = LAYOUTS[1].signed_bytes, LAYOUTS[1].head_bytes
SCHEME = load_scheme()
BATCH = bytes(range(16))


class Unit:
    """The linkage unit: evaluates with the real code and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[EvaluateRequest] = []

    def __call__(self, request: EvaluateRequest) -> EvaluateAnswer:
        self.asked.append(request)
        seed = counted(f"unit{len(self.asked)}")
        return evaluate(request, unit_keys(TRUST), seed=seed(64), nonce=seed(16), expires=NOW_SECONDS + 60)


def _blinder(unit, seed: str = "agency") -> Blinder:
    return Blinder(TRUST, SCHEME, unit, counted(seed))


def _occasion() -> Occasion:
    return Occasion("council", "post", BATCH)


def test_broker_learns_the_same_points_whoever_blinds() -> None:
    """Two agencies' tokens of one person look unlike and unmask to k * H1(x)."""
    keys, unit = match_keys(PERSON, SCHEME), Unit()
    first, [one] = _blinder(unit, "council").make_tokens([keys], _occasion(), now=NOW_SECONDS)
    second, [two] = _blinder(unit, "police").make_tokens([keys], _occasion(), now=NOW_SECONDS)
    assert {token.point for token in one}.isdisjoint(token.point for token in two)
    assert unmask(first, one) == unmask(second, two)
    assert unmask(first, one) == {number: point_of(TRUST, number, values) for number, values in keys}


def test_tokens_stay_with_their_rows() -> None:
    """Points go out shuffled over the chunk, and each row gets its own tokens back; equal keys are not merged."""
    people = [PERSON, PERSON, replace(PERSON, forename="robert", nhs=""), replace(PERSON, surname="ostrowski", nhs="")]
    rows = [match_keys(person, SCHEME) for person in people]
    unit = Unit()
    evaluation, tokens = _blinder(unit).make_tokens(rows, _occasion(), now=NOW_SECONDS)
    for row, row_tokens in zip(rows, tokens, strict=True):
        assert [token.number for token in row_tokens] == sorted(number for number, _ in row)
        assert unmask(evaluation, row_tokens) == {n: point_of(TRUST, n, values) for n, values in row}
    assert len(set(unit.asked[0].points)) == sum(map(len, rows))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("another signer", lambda a: a.model_copy(update={"evaluation": _resigned(a.evaluation, "desk")})),
        ("an older evaluation", lambda a: _with(a, id=bytes(16))),
        ("for another use", lambda a: _with(a, use="ask")),
        ("for another agency", lambda a: _with(a, agency="police")),
        ("a point lost", lambda a: a.model_copy(update={"points": a.points[1:]})),
        ("a wrong count", lambda a: _with(a, count=1)),
        ("already expired", lambda a: _with(a, expires=NOW_SECONDS)),
        ("the identity", lambda a: a.model_copy(update={"points": (bytes(32), *a.points[1:])})),
        ("not a point", lambda a: a.model_copy(update={"points": (b"\xff" * 32, *a.points[1:])})),
    ],
)
def test_a_bad_answer_of_the_linkage_unit_is_refused(name, change) -> None:
    """Nothing that the linkage unit did not sign for this very request is used."""
    unit = Unit()
    with pytest.raises(Untrusted):
        _blinder(lambda request: change(unit(request))).make_tokens(
            [match_keys(PERSON, SCHEME)], _occasion(), now=NOW_SECONDS
        )


def _with(answer: EvaluateAnswer, **update) -> EvaluateAnswer:
    changed = answer.evaluation.model_copy(update=update)
    return answer.model_copy(update={"evaluation": _resigned(changed, "unit_signing")})


def _resigned(evaluation, name: str):
    return signing.sign(evaluation, context.EVALUATION, signing_key=Ed25519PrivateKey.from_private_bytes(secret(name)))


def test_nothing_to_blind_is_refused() -> None:
    """An empty chunk is a mistake of the caller, not a request."""
    with pytest.raises(BadInput):
        _blinder(Unit()).make_tokens([[]], _occasion(), now=NOW_SECONDS)


def _sealer(evidence: str = "evidence") -> Sealer:
    return Sealer(
        "council",
        TRUST.place,
        SCHEME,
        {TRUST.evidence_epoch: secret(evidence)},
        Ed25519PrivateKey.from_private_bytes(secret("delivery")),
        TRUST.linkage_unit.seal_key,
    )


def open_envelope(envelope: bytes) -> tuple[dict[str, object], list[bytes]]:
    """What the linkage unit reads in an envelope, once the agency's signature is verified."""
    unit = X25519PrivateKey.from_private_bytes(secret("unit_seal"))
    statement = sealing.open_classical(envelope, unit, info=seal_info(TRUST.place, SCHEME.digest))
    signed, signature = statement[:SIGNED_BYTES], statement[SIGNED_BYTES:]
    use = {1: "post", 2: "ask"}[signed[1]]
    agency, place = (signed[at + 1 : at + 1 + signed[at]].decode() for at in (2, 43))
    [public_key] = TRUST.signing_keys(agency, use)
    signing.verify_bytes(context.EVIDENCE_SIGNATURE + signed, signature, public_key=public_key)
    end = HEAD_BYTES + signed[158] * SLOT_BYTES
    assert not any(signed[end:])
    head = {
        "layout": signed[0],
        "use": use,
        "agency": agency,
        "place": place,
        "scheme": signed[84:116],
        "epoch": int.from_bytes(signed[116:118], "big"),
        "name": signed[118:150],
        "version": int.from_bytes(signed[150:158], "big"),
    }
    return head, [signed[at : at + SLOT_BYTES] for at in range(HEAD_BYTES, end, SLOT_BYTES)]


def test_evidence_round_trip() -> None:
    """The linkage unit reads exactly what the agency stated, and its slots are in the scheme's order."""
    ref = bytes(16)
    envelope = _sealer().seal(evidence_atoms(PERSON, SCHEME), about_record(ref, 1_795_334_400))
    head, slots = open_envelope(envelope)
    assert head == {
        "layout": 1,
        "use": "post",
        "agency": "council",
        "place": "brackwater",
        "scheme": SCHEME.digest,
        "epoch": 1,
        "name": hashlib.sha256(ref).digest(),
        "version": 1_795_334_400,
    }
    held = [name for name, slot in zip(SCHEME.atoms, slots, strict=True) if slot != NOT_HELD]
    assert held == [name for name, v in zip(SCHEME.atoms, evidence_atoms(PERSON, SCHEME), strict=True) if v]


@pytest.mark.parametrize("person", [PERSON, Person(nhs="9990000018"), Person(), replace(PERSON, surname="x" * 180)])
def test_every_envelope_has_one_size(person) -> None:
    """The size of an envelope must not tell what is held."""
    envelope = _sealer().seal(evidence_atoms(person, SCHEME), about_question(bytes(16)))
    assert len(envelope) == EVIDENCE_BYTES


def test_neighbours_share_a_type_and_fields_do_not() -> None:
    """A name with one letter less agrees with its neighbour; a forename never agrees with a surname."""

    def slots(person: Person) -> dict[str, bytes]:
        _, found = open_envelope(_sealer().seal(evidence_atoms(person, SCHEME), about_record(bytes(16), 1)))
        return dict(zip(SCHEME.atoms, found, strict=True))

    one, two = slots(Person(forename="siobhan")), slots(Person(forename="sobhan"))
    near = [name for name in SCHEME.atoms if name.startswith("fn~")]
    assert {one[name] for name in near} & {two[name] for name in near} - {NOT_HELD}
    assert slots(Person(forename="marsh"))["fn"] != slots(Person(surname="marsh"))["sn"]


def test_evidence_depends_on_key_and_use() -> None:
    """Another evidence key shares nothing; a post envelope is not an ask envelope."""
    atoms = evidence_atoms(PERSON, SCHEME)
    _, ours = open_envelope(_sealer().seal(atoms, about_record(bytes(16), 1)))
    _, theirs = open_envelope(_sealer("other").seal(atoms, about_record(bytes(16), 1)))
    assert {slot for slot in ours if slot != NOT_HELD}.isdisjoint(theirs)
    asked = _sealer().seal(atoms, about_question(BATCH))
    with pytest.raises(Untrusted):
        # Signed with the delivery key: no desk key made it.
        open_envelope(asked)


def test_sealing_is_randomised_and_bound_to_place() -> None:
    """Equal people sealed twice have nothing in common, and no other place's linkage unit opens them."""
    atoms = evidence_atoms(PERSON, SCHEME)
    first, second = (_sealer().seal(atoms, about_record(bytes(16), 1)) for _ in range(2))
    assert first[:32] != second[:32]
    unit = X25519PrivateKey.from_private_bytes(secret("unit_seal"))
    with pytest.raises(Untrusted):
        sealing.open_classical(first, unit, info=seal_info("elsewhere", SCHEME.digest))


def test_evidence_of_another_length_is_refused() -> None:
    """A vector that is not the scheme's would be compared slot by slot with the wrong fields."""
    with pytest.raises(BadInput):
        _sealer().seal([None], about_record(bytes(16), 1))


def _sent(run, export, parties: Parties):
    assert run("send", export)[0] == 0
    [body] = parties.chunks.values()
    return body, *read_chunk(body)


def _open_payload(header, row, *, number: int | None = None) -> Payload:
    place = (header.agency, header.source, header.batch.hex(), header.number)
    info = context.bind(context.CONTENT_KEY, *place)
    content_key = sealing.open_hybrid(header.content_key, sealing.hybrid_private(secret("broker_seal")), info=info)
    bound = context.bind(context.PAYLOAD, *place, number or row.row, row.ref.hex(), row.version)
    return parse(Payload, unpad(AESGCM(content_key).decrypt(row.payload[:12], row.payload[12:], bound)))


def test_payload_opens_for_the_broker_in_its_own_place_only(run, export, parties) -> None:
    """The broker reads what the row shares; moved to another row it does not open; relations are pseudonyms."""
    _, header, rows = _sent(run, export, parties)
    payload = _open_payload(header, rows[0])
    assert (payload.provider, payload.items[0].item) == ("Children's social care", "csc.cp_plan")
    assert payload.lead is not None and payload.lead.name == "Ada Marsh"
    assert payload.relationships[0].ref == rows[1].ref
    with pytest.raises(InvalidTag):
        _open_payload(header, rows[0], number=3)


def test_payload_lengths_are_padded(run, export, parties) -> None:
    """Lengths of payloads must not tell rows apart."""
    _, _, rows = _sent(run, export, parties)
    assert {len(row.payload) for row in rows} <= {12 + 512 + 16, 12 + 1024 + 16}


def test_no_name_number_or_date_leaves(run, export, parties) -> None:
    """Canaries: nothing of a person is in the bytes that are sent, in any case or encoding we use."""
    body, header, rows = _sent(run, export, parties)
    opened = b"".join(_open_payload(header, row).model_dump_json().encode() for row in rows)
    for secret_text in (
        "Siobhan",
        "Quillfeather",
        "9990000018",
        "2018-03-12",
        "12/03/2018",
        "ZY1 2AB",
        "ZY12AB",
        '"C1"',
    ):
        for form in (secret_text, secret_text.lower(), secret_text.upper()):
            assert form.encode() not in body + opened
            assert form.encode().hex().encode() not in body + opened


def test_a_protected_person_sends_no_address(run, export, parties) -> None:
    """A safe-address flag removes address keys and address evidence, and its makers leave as pseudonyms."""
    _, header, rows = _sent(run, export, parties)
    protected = rows[2]
    with_address = {key.number for key in SCHEME.match_keys if key.address}
    assert with_address.isdisjoint(token.number for token in protected.tokens)
    assert with_address & {token.number for token in rows[1].tokens}
    _, slots = open_envelope(protected.evidence)
    assert all(slot == NOT_HELD for name, slot in zip(SCHEME.atoms, slots, strict=True) if name in SCHEME.address_atoms)
    [notice] = _open_payload(header, protected).protections
    assert notice.made_by == tuple(pseudonyms.staff(secret("reference"), staff) for staff in ("w1", "w2"))


def test_evidence_in_a_chunk_is_about_its_row(run, export, parties) -> None:
    """An envelope names the record and version it was sent with, so it can't be moved to another record."""
    _, _, rows = _sent(run, export, parties)
    for row in rows:
        head, _ = open_envelope(row.evidence)
        assert (head["name"], head["version"]) == (hashlib.sha256(row.ref).digest(), row.version)


def test_chunk_says_what_it_is_and_unmasks(run, export, parties) -> None:
    """The header is the broker's to check, and every token unmasks under its evaluation."""
    body, header, rows = _sent(run, export, parties)
    assert (header.agency, header.source, header.delivery, header.rows) == ("council", "csc", "snapshot", 5)
    assert header.evaluation.id == header.batch
    points = parties.points(body)
    assert points[2][1] == point_of(TRUST, 1, ("9990000018",))
    assert set(points) == {row.row for row in rows}


def test_prepare_rejects_what_is_too_little(export) -> None:
    """A person with no match key can't be found, so the row is listed and its reference held."""
    table = csvfile.read(
        export.read_bytes(), mapping.parse((export.parent / "mapping.toml").read_bytes()), today=NOW.date()
    )
    [row] = [row for row in table.rows if row.number == 3]
    bare = replace(row, person=Person(surname="quillfeather"))
    preparer = Preparer("csc", SCHEME, secret("reference"))
    prepared = prepare_table(replace(table, rows=(bare,)), preparer)
    assert [one.reason for one in prepared.rejected] == ["too little is known of the person to match the record"]
    assert prepared.held == (preparer.pseudonym("C2"),)


def test_pseudonyms_depend_on_everything() -> None:
    """One reference in two sources, or of two agencies, has nothing in common."""
    names = {
        pseudonyms.reference(secret("reference"), "csc", ref="C1"),
        pseudonyms.reference(secret("reference"), "eh", ref="C1"),
        pseudonyms.reference(secret("other"), "csc", ref="C1"),
        pseudonyms.reference(secret("reference"), "csc", ref="C2"),
    }
    assert len(names) == 4
    assert pseudonyms.staff(secret("reference"), "x") != pseudonyms.case(secret("reference"), "x")
