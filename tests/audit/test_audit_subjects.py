"""The index by whose records were looked at: complete by proof, and made again by whoever holds the log."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest
from example_log import VKEY, counting_salts, signed, stamp
from hypothesis import given
from hypothesis import strategies as st

from broker.audit import tree
from broker.audit.act_events import index_event
from broker.audit.answer_events import Decisions, disclose_event
from broker.audit.events import leaf
from broker.audit.subjects import (
    BEFORE,
    BEYOND,
    CLOSED,
    SO_FAR,
    Answer,
    Covered,
    Looks,
    Reader,
    Row,
    build,
    check_answer,
    check_complete,
    check_indexes,
    covered_by,
    header_of,
    parse_row,
)
from broker.audit.verify import verify_log
from broker.errors import Untrusted

DAYS = ("2026-11-22",)
TAGS = st.binary(min_size=16, max_size=16).filter(lambda tag: tag not in (BEFORE, BEYOND))
LOOKS = st.dictionaries(TAGS, st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=4), max_size=40)
ME, OTHER, NOBODY = b"\x30" * 16, b"\x90" * 16, b"\x60" * 16


def looks_of(found: dict[bytes, list[bytes]]) -> Looks:
    return Looks({tag: list(enumerate(some)) for tag, some in found.items()}, DAYS)


@given(LOOKS, TAGS)
def test_every_tag_has_one_answer_and_it_is_whole(found: dict[bytes, list[bytes]], stranger: bytes) -> None:
    """A tag of an index, or one that it lacks, has no proof; or the proof counts other looks than there are."""
    looks = looks_of(found)
    index = build(looks)
    for tag in (*found, stranger):
        answer = index.answer(looks, tag)
        assert list(answer.looks) == found.get(tag, [])
        assert len(answer.path) <= max(1, len(index.rows) - 1).bit_length()
        check_answer(tag, answer, root=index.root, size=len(index.rows))


@given(LOOKS.filter(bool), st.data())
def test_no_other_answer_is_taken(found: dict[bytes, list[bytes]], data: st.DataObject) -> None:
    """A look is left out, added, moved or denied, and the answer still verifies."""
    looks = looks_of(found)
    index = build(looks)
    tag = data.draw(st.sampled_from(sorted(found)))
    answer = index.answer(looks, tag)
    others = [
        dataclasses.replace(answer, looks=answer.looks[:-1]),
        dataclasses.replace(answer, looks=(*answer.looks, bytes(32))),
        dataclasses.replace(answer, looks=(), row=Row(BEFORE, BEYOND, answer.row.digest)),
        dataclasses.replace(answer, looks=(), row=dataclasses.replace(answer.row, tag=BEFORE)),
        dataclasses.replace(answer, place=answer.place - 1),
        *(dataclasses.replace(index.answer(looks, one), looks=()) for one in (*found, NOBODY) if one != tag),
    ]
    for other in others:
        with pytest.raises(Untrusted):
            check_answer(tag, other, root=index.root, size=len(index.rows))


def test_every_flipped_bit_of_a_row_and_a_path_is_noticed() -> None:
    """An answer can be altered somewhere without anybody noticing."""
    looks = looks_of({ME: [b"\x01" * 32], OTHER: [b"\x02" * 32], NOBODY: [b"\x03" * 32]})
    index = build(looks)
    answer = index.answer(looks, ME)
    spelled = answer.row.as_bytes() + b"".join(answer.path)
    for bit in range(len(spelled) * 8):
        flipped = bytearray(spelled)
        flipped[bit // 8] ^= 1 << bit % 8
        row, rest = parse_row(bytes(flipped[:64])), bytes(flipped[64:])
        path = tuple(rest[at : at + 32] for at in range(0, len(rest), 32))
        with pytest.raises(Untrusted):
            check_answer(ME, Answer(row, answer.place, path, answer.looks), root=index.root, size=len(index.rows))


def test_a_row_of_another_length_is_none() -> None:
    """Bytes that are cut off are read as a row."""
    for length in (0, 63, 65):
        with pytest.raises(Untrusted, match="64 bytes"):
            parse_row(bytes(length))


class Log:
    """A log with looks and their indexes, as an honest broker writes it."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []
        self.reader = Reader()
        self.salts = counting_salts(9_000)

    def look(self, *tags: bytes) -> bytes:
        own = {tag.hex(): [n] for n, tag in enumerate(tags)}
        items = [("ed.involvement", "share", "A1.1") for _ in tags]
        decisions = Decisions("school", items, [], ["{}" for _ in tags], "school.dsl", own)
        event = disclose_event(stamp(len(self.leaves)), decisions, answer="0" * 32, purpose="early_help", policy="p")
        return self.add(leaf(event, self.salts).leaf_bytes)

    def index(self, act: str = CLOSED, **changes: object) -> bytes:
        """The index of what is not indexed yet, or another one."""
        first, before = self.reader.ends[-1]
        looks = self.reader.looks(first, len(self.leaves))
        made = build(looks)
        covered = Covered(act, first, len(self.leaves), looks.days, len(made.rows), made.root, before)
        covered = dataclasses.replace(covered, **changes)  # type: ignore[arg-type]
        event = index_event(stamp(len(self.leaves), "broker"), header_of(covered))
        return self.add(leaf(event, self.salts).leaf_bytes)

    def add(self, leaf_bytes: bytes) -> bytes:
        self.leaves.append(leaf_bytes)
        self.reader = Reader()
        for place, one in enumerate(self.leaves):
            try:
                self.reader.read(place, one)
            except Untrusted:
                continue
        return leaf_bytes


def honest() -> tuple[Log, list[tuple[bytes, list[Answer]]], list[bytes]]:
    """Two days and a morning; the answers about one record, and the leaf hashes of the looks at it."""
    log, shown = Log(), []
    mine = [log.look(ME, OTHER), log.look(ME)]
    log.look(OTHER)
    for act, last in ((CLOSED, None), (CLOSED, NOBODY), (SO_FAR, ME)):
        if last is not None:
            mine += [log.look(last)] if last == ME else []
            log.look(OTHER)
        first = log.reader.ends[-1][0]
        looks = log.reader.looks(first, len(log.leaves))
        shown.append((log.index(act), [build(looks).answer(looks, ME)]))
    return log, shown, [tree.leaf_hash(one) for one in mine]


def test_a_record_s_agency_finds_all_looks_and_no_others() -> None:
    """A look is missing from a list whose proofs verify."""
    log, shown, mine = honest()
    check_indexes(log.leaves)
    found, covered = check_complete(shown, tag_of=lambda day: ME)
    assert found == mine and covered.last == len(log.leaves) - 1 and covered.act == SO_FAR


Change = Callable[[list[tuple[bytes, list[Answer]]]], list[tuple[bytes, list[Answer]]]]
OMISSIONS: dict[str, Change] = {
    "nothing at all": lambda shown: [],
    "the first index": lambda shown: shown[1:],
    "an index between": lambda shown: [shown[0], shown[2]],
    "an answer": lambda shown: [(shown[0][0], []), *shown[1:]],
    "an answer of another day": lambda shown: [(shown[0][0], shown[1][1]), *shown[1:]],
    "the order": lambda shown: [shown[1], shown[0], shown[2]],
    "something after what was so far": lambda shown: [shown[0], shown[2], shown[1]],
    "an index twice": lambda shown: [shown[0], shown[0], *shown[1:]],
    "one more answer": lambda shown: [(shown[0][0], shown[0][1] * 2), *shown[1:]],
    "another event": lambda shown: [(Log().look(ME), []), *shown],
}


@pytest.mark.parametrize("change", OMISSIONS.values(), ids=OMISSIONS.keys())
def test_what_is_left_out_is_noticed(change: Change) -> None:
    """The broker leaves a day out, or answers from another, and the list verifies."""
    _, shown, _ = honest()
    with pytest.raises(Untrusted):
        check_complete(change(shown), tag_of=lambda day: ME)


def test_another_record_s_answers_are_not_taken() -> None:
    """The broker answers for a record that nobody looked at."""
    _, shown, _ = honest()
    with pytest.raises(Untrusted):
        check_complete(shown, tag_of=lambda day: NOBODY)


WRONG: dict[str, dict[str, object]] = {
    "another root": {"root": bytes(32)},
    "another size": {"size": 7},
    "a day less": {"days": ()},
    "a day more": {"days": ("2026-11-21", *DAYS)},
    "a gap before it": {"first": 1},
    "a look left out at its end": {"last": 1},
    "what is not in the log yet": {"last": 99},
    "another predecessor": {"before": "ab" * 32},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("act", [CLOSED, SO_FAR])
def test_an_index_that_the_leaves_do_not_give_is_found(act: str, changes: dict[str, object]) -> None:
    """The broker signs an index that hides a look, and whoever holds the whole log does not notice."""
    log = Log()
    log.look(ME)
    log.look(ME, OTHER)
    log.index(act, **changes)
    with pytest.raises(Untrusted) as caught:
        check_indexes(log.leaves)
    assert caught.value.row == 2 and caught.value.code.startswith("index-")


def test_what_was_so_far_may_enter_the_log_with_the_day_s_index() -> None:
    """Two threads index at the same moment, and an honest log is called tampered with."""
    log = Log()
    log.look(ME)
    so_far = log.index(SO_FAR)
    honest_log = [log.leaves[0]]
    day = Log()
    day.add(log.leaves[0])
    honest_log.append(day.index(CLOSED))
    # Ids and times differ in a log; here they are only told apart by their bytes.
    check_indexes([*honest_log, so_far])
    with pytest.raises(Untrusted):
        check_indexes([*honest_log, honest_log[1]])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("act", "week"),
        ("first", -1),
        ("last", True),
        ("size", 0),
        ("root", "ab"),
        ("root", 7),
        ("days", 7),
        ("days", ["2026-11-22", "2026-11-21"]),
        ("days", ["2026-11-22", "2026-11-22"]),
        ("first", 99),
        ("last", 0.5),
        ("typ", "x"),
    ],
)
def test_a_malformed_header_is_refused(name: str, value: object) -> None:
    """Bytes from outside raise something else than our errors."""
    log = Log()
    event = json.loads(log.index())
    covered_by(event)
    for broken in ({**event, name: value}, {key: one for key, one in event.items() if key != name}):
        with pytest.raises(Untrusted) as caught:
            covered_by(broken)
        assert caught.value.code == "index-malformed"


def test_a_whole_log_with_an_index_that_lacks_a_look_is_refused() -> None:
    """An auditor verifies every byte of a log, and an index in it hides a look."""
    log, _, _ = honest()
    assert verify_log(signed(log.leaves).files(), [VKEY]).size == len(log.leaves)
    log.look(ME)
    log.index(root=bytes(32))
    with pytest.raises(Untrusted) as caught:
        verify_log(signed(log.leaves).files(), [VKEY])
    assert caught.value.row == len(log.leaves) - 1


@pytest.mark.parametrize("changes", [{"first": 0}, {"first": 2}, {"before": "ab" * 32}, {"before": ""}])
def test_an_index_that_does_not_follow_the_one_before_is_noticed(changes: dict[str, object]) -> None:
    """Between two ranges that are answered for lies one that is not."""
    log = Log()
    log.look(ME)
    shown = [(log.index(), [build(log.reader.looks(0, 1)).answer(log.reader.looks(0, 1), ME)])]
    log.look(ME)
    looks = log.reader.looks(1, 3)
    answers = [build(looks).answer(looks, ME)]
    wrong, right = log.index(**changes), log.index()
    with pytest.raises(Untrusted, match="may not be whole"):
        check_complete([*shown, (wrong, answers)], tag_of=lambda day: ME)
    assert len(check_complete([*shown, (right, answers)], tag_of=lambda day: ME)[0]) == 2


def test_indexes_of_a_pruned_log_are_checked_from_where_it_begins() -> None:
    """An index of what is gone can't be made again; each later one can, and hides nothing."""
    log = Log()
    for looks in (1, 2, 1):
        for _ in range(looks):
            log.look(ME)
        log.index()
    for begin in range(len(log.leaves)):
        check_indexes(log.leaves[begin:], begin)
    log.look(ME)
    begins = log.reader.ends[-1][0]
    log.index(root=bytes(32))
    for begin in range(begins + 1):
        with pytest.raises(Untrusted) as caught:
            check_indexes(log.leaves[begin:], begin)
        assert (caught.value.code, caught.value.row) == ("index-root", len(log.leaves) - 1)
    check_indexes(log.leaves[begins + 1 :], begins + 1)


def test_a_row_is_read_back() -> None:
    """The next record's tag is read out of the wrong bytes."""
    row = Row(ME, OTHER, bytes(range(32)))
    assert parse_row(row.as_bytes()) == row
