"""What agreement is worth: the shipped model, its file, and how a model is fitted."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_records import MINA, MODEL, NHS, SCHEME, changed, weighed

from broker.errors import BrokerError, Misconfigured
from broker.linkage.fit import Name, fit
from broker.linkage.levels import FIELDS
from broker.linkage.model import CLASSES, MOST_BITS, Bounds, Model, atoms_digest, parse_model
from broker.tokens import packaged

_LEVELS = [len(words) for words in FIELDS.values()]
rows = st.tuples(*(st.integers(0, count - 1) for count in _LEVELS))


def test_the_shipped_model_is_for_the_shipped_scheme() -> None:
    """The evidence slots changed and the model did not."""
    assert atoms_digest(SCHEME) == MODEL.atoms
    assert MODEL.to_json() == packaged("uk-person-1.model.json")
    assert "fictional" in MODEL.trained_on


@given(st.lists(rows, min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_weights_are_in_half_bits_and_bounded(table: list[tuple[int, ...]]) -> None:
    """A weight tells more than it should, or is no number."""
    bits, conflict = MODEL.weigh(np.array(table, dtype=np.uint8))
    assert np.isfinite(bits).all()
    assert (np.abs(bits) <= MOST_BITS).all()
    assert (bits * 2 == np.round(bits * 2)).all()
    assert len(conflict) == len(table)


@given(st.lists(rows, min_size=2, max_size=10))
@settings(max_examples=100, deadline=None)
def test_a_pair_is_worth_the_same_in_any_company(table: list[tuple[int, ...]]) -> None:
    """What a pair is worth depends on which pairs are asked about with it."""
    together, _ = MODEL.weigh(np.array(table, dtype=np.uint8))
    alone = [float(MODEL.weigh(np.array([row], dtype=np.uint8))[0][0]) for row in table]
    assert together.tolist() == alone


def test_the_arithmetic_is_that_of_the_docstring() -> None:
    """Bits are not log2 odds of one class against the others together."""
    row = np.array([[1] * len(FIELDS)], dtype=np.uint8)
    product = {c: MODEL.share[c] * math.prod(MODEL.chances[c][field][0] for field in FIELDS) for c in CLASSES}
    odds = product["same"] / sum(product[c] for c in CLASSES if c != "same")
    assert MODEL.scores(row)[0] == pytest.approx(math.log2(odds))


TWIN = changed(forename="joramble")


def test_families_are_kept_apart() -> None:
    """Fellegi and Sunter's two classes take brothers and sisters for one person."""
    certain = MODEL.bounds.certain
    assert weighed(MINA, MINA).bits >= certain
    assert weighed(MINA, TWIN).bits < certain, "a twin"
    assert weighed(changed(nhs=NHS["a"]), changed(TWIN, nhs=NHS["b"])).conflict, "a twin with a number of their own"
    junior = weighed(MINA, changed(dob="1983-08-29"))
    assert junior.conflict or junior.bits < certain, "somebody of one name in one house, a generation apart"
    assert weighed(MINA, changed(forename="ottolunde", dob="1983-08-29", sex="m")).bits < 0, "a father"


def test_more_agreement_is_worth_more() -> None:
    """An identifier speaks against a match, or a move speaks for one."""
    plain = weighed(MINA, MINA).bits
    assert weighed(changed(nhs=NHS["a"]), changed(nhs=NHS["a"])).bits >= plain
    assert weighed(MINA, changed(postcode="QQ11AB")).bits <= plain
    assert weighed(MINA, changed(postcode="")).bits <= plain


def test_without_the_address_a_weight_does_not_know_it() -> None:
    """Whoever guesses the postcode of somebody hidden sees the weight move."""
    here, there = weighed(MINA, MINA), weighed(MINA, changed(postcode="QQ11AB"))
    assert here.bits > there.bits
    assert here.placeless == there.placeless == weighed(MINA, changed(postcode="")).placeless


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_model_or_refused(data: bytes) -> None:
    """A damaged file ends the start with a traceback."""
    with pytest.raises(Misconfigured):
        parse_model(data)


def _changed(**changes: object) -> bytes:
    return json.dumps({**json.loads(MODEL.to_json()), **changes}).encode()


@pytest.mark.parametrize(
    "data",
    [
        _changed(layout=2),
        _changed(slope=0),
        _changed(slope="steep"),
        _changed(bounds={"certain": 1, "probable": 2, "mean": 0}),
        _changed(share={c: 0 for c in CLASSES}),
        _changed(chances={}),
        _changed(chances={c: {field: [1.0] for field in FIELDS} for c in CLASSES}),
        _changed(chances={c: {f: [1 / n] * n for f, n in zip(FIELDS, _LEVELS, strict=True)} for c in CLASSES}),
    ],
)
def test_a_model_that_can_not_be_is_refused(data: bytes) -> None:
    """A model whose chances are none decides who is who."""
    with pytest.raises(BrokerError):
        parse_model(data)


def _drawn(model: Model, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs drawn from what a model says."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(len(CLASSES), size=count, p=np.array([model.share[c] for c in CLASSES]))
    table = np.zeros((count, len(FIELDS)), dtype=np.uint8)
    for column, field in enumerate(FIELDS):
        for at, c in enumerate(CLASSES):
            of = labels == at
            table[of, column] = 1 + rng.choice(_LEVELS[column] - 1, size=of.sum(), p=np.array(model.chances[c][field]))
    return table, labels


def test_fitting_finds_what_pairs_were_drawn_from() -> None:
    """The fitted chances are not those of the data; or independent fields need a correction."""
    shares = {"same": 0.5, "twin": 0.1, "namesake": 0.1, "household": 0.1, "unrelated": 0.2}
    source = Model("drawn", MODEL.atoms, 1, "drawn", shares, MODEL.chances, 1.0, MODEL.bounds)
    table, labels = _drawn(source, 60_000, 7)
    fitted = fit(table, labels, name=Name("drawn", MODEL.atoms, 1, "drawn"), bounds=Bounds(4.0, 0.0, 0.0))
    coarse = {"address", "birth", "nhs", "nino", "upn"}
    for c in CLASSES:
        assert fitted.share[c] == pytest.approx(shares[c], abs=0.01)
        for field in FIELDS.keys() - coarse:
            assert fitted.chances[c][field] == pytest.approx(source.chances[c][field], abs=0.02)


def test_the_slope_takes_back_what_is_said_three_times() -> None:
    """Three fields that always agree together count as three witnesses."""
    rng = np.random.default_rng(5)
    labels = rng.choice([CLASSES.index("same"), CLASSES.index("unrelated")], size=20_000)
    one = np.where(rng.random(20_000) < np.where(labels == 0, 0.8, 0.4), 1, 2).astype(np.uint8)
    table = np.zeros((20_000, len(FIELDS)), dtype=np.uint8)
    for field in ("sex", "middle", "birth_place"):
        table[:, list(FIELDS).index(field)] = one
    fitted = fit(table, labels, name=Name("thrice", MODEL.atoms, 1, "made"), bounds=MODEL.bounds)
    assert fitted.slope == pytest.approx(1 / 3, abs=0.05)


def test_a_level_that_says_less_is_worth_what_it_may_stand_for() -> None:
    """That a service records no house number speaks for or against a match."""
    address = list(FIELDS).index("address")
    table = np.zeros((4_000, len(FIELDS)), dtype=np.uint8)
    # Of one person's pairs 3 in 4 are of one home and 1 of another house; of strangers' the other way round.
    table[:, address] = np.resize([1, 1, 1, 3, 2, 2], 4_000)
    table[2_000:, address] = np.resize([3, 3, 3, 1], 2_000)
    labels = np.repeat([CLASSES.index("same"), CLASSES.index("unrelated")], 2_000)
    fitted = fit(table, labels, name=Name("coarse", MODEL.atoms, 1, "made"), bounds=MODEL.bounds)
    same, strangers = (fitted.chances[c]["address"] for c in ("same", "unrelated"))
    assert same[1] == pytest.approx(strangers[1], rel=0.01)
    assert same[0] / strangers[0] == pytest.approx(3, rel=0.05)


def test_strangers_count_for_a_larger_place() -> None:
    """A model trained on a village takes a city's namesakes for one person."""
    table, labels = _drawn(MODEL, 5_000, 11)
    name = Name("drawn", MODEL.atoms, 1, "drawn")
    village, city = (fit(table, labels, name=name, bounds=MODEL.bounds, strangers=n) for n in (1.0, 10.0))
    odds = [one.share["unrelated"] / one.share["same"] for one in (village, city)]
    assert odds[1] == pytest.approx(10 * odds[0])


def test_the_same_pairs_make_the_same_file() -> None:
    """A model can't be made again from its training set."""
    table, labels = _drawn(MODEL, 500, 3)
    name = Name("again", MODEL.atoms, 1, "drawn")
    assert (
        fit(table, labels, name=name, bounds=MODEL.bounds).to_json()
        == fit(table, labels, name=name, bounds=MODEL.bounds).to_json()
    )


def test_stated_odds_are_honest_on_people_nobody_trained_on() -> None:
    """Of what is called 99 % sure, fewer than 99 % are right; or the odds are wrong by more than two points."""
    from broker.synthetic.training import training_set

    table, labels = training_set(SCHEME, people=600, seeds=[40_404], spoiled=(0.0,))
    bits, conflict = MODEL.weigh(table)
    kept = ~conflict
    stated, same = 1 / (1 + 2.0 ** -bits[kept]), labels[kept] == 0
    sure = stated >= 0.99
    assert same[sure].mean() >= 0.99
    assert abs(stated.mean() - same.mean()) <= 0.02


def test_only_a_forename_that_agrees_or_an_identifier_makes_a_pair_certain() -> None:
    """Twins, of whom somebody wrote the same middle name and telephone, are taken for one."""
    alike = changed(middle="r", phone="+447700900123", house="4")
    twin = changed(alike, forename="joramble")
    assert weighed(alike, alike).bits > MODEL.bounds.certain
    assert MODEL.bounds.probable <= weighed(alike, twin).bits < MODEL.bounds.certain
    assert weighed(changed(alike, nhs=NHS["a"]), changed(twin, nhs=NHS["a"])).bits > MODEL.bounds.certain
