"""The mistakes that `mutate` plants in one file: each as a kind, what it says, and a function that makes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Data = dict[str, Any]
Plant = Callable[[Data], None]
Mistake = tuple[str, str, Plant]

LEVELS = {"share": ("reduced", "signpost"), "reduced": ("share", "signpost"), "signpost": ("share", "reduced")}
EFFECTS = ("withhold_silently", "withhold", "refer", "signpost", "reduced")
FLIPPED = {"yes": "no", "no": "yes"}


def mistakes(file: str, data: Data, *, data_of: Mapping[str, Data], seed: int) -> Iterator[Mistake]:
    """Every mistake for `file`; where there are many values to put in, one is drawn from `seed`."""
    vocabulary = data_of["vocabulary.yaml"]
    if file.startswith("agreements/"):
        yield from _agreement(data, vocabulary=vocabulary, seed=seed)
    elif file == "protections.yaml":
        yield from _protections(data, vocabulary=vocabulary, seed=seed)
    elif file == "vocabulary.yaml":
        yield from _items(data, seed)
        yield from _unknown(data)


def _agreement(data: Data, *, vocabulary: Data, seed: int) -> Iterator[Mistake]:
    yield from _dropped(data, "share", at_least=2)
    for n, share in enumerate(data["share"]):
        yield from _clause(n, share, vocabulary=vocabulary, seed=seed)
    yield from _dropped(data, "exceptions", at_least=1)
    for n, limit in enumerate(data.get("exceptions", ())):
        yield from _limit("exceptions", n, limit, vocabulary=vocabulary, seed=seed)
    yield from _glass(data["break_glass"], vocabulary=vocabulary, seed=seed)


def _protections(data: Data, *, vocabulary: Data, seed: int) -> Iterator[Mistake]:
    for key in ("safe_conditions", "protections", "always"):
        yield from _dropped(data, key, at_least=1 if key == "always" else 2)
    for n, safe in enumerate(data["safe_conditions"]):
        yield from _safe(n, safe, vocabulary=vocabulary)
    for n, limit in enumerate(data["protections"]):
        yield from _limit("protections", n, limit, vocabulary=vocabulary, seed=seed)
    for n, always in enumerate(data.get("always", ())):
        yield from _values(("always", n, "when"), always["when"], always["id"], vocabulary=vocabulary)
        yield from _shorter(("always", n), "add", always)


def _dropped(data: Data, key: str, *, at_least: int) -> Iterator[Mistake]:
    entries = data.get(key, ())
    if len(entries) >= at_least:
        for n, entry in enumerate(entries):
            yield f"{key} dropped", f"{entry['id']} dropped", _deleting((key,), n)


def _clause(n: int, share: Data, *, vocabulary: Data, seed: int) -> Iterator[Mistake]:
    at, name = ("share", n), share["id"]
    for key in ("items", "to", "for", "obligations"):
        yield from _shorter(at, key, share)
    yield from _longer(at, "items", share, among=vocabulary["items"], seed=seed)
    yield from _longer(at, "to", share, among=vocabulary["roles"], seed=seed)
    yield from _longer(at, "for", share, among=vocabulary["purposes"], seed=seed)
    level = share.get("level", "share")
    for other in LEVELS[level]:
        yield "level", f"{name}: level {other}", _setting(at, "level", other)
    if "window" in share:
        yield "window", f"{name}: window left out", _deleting(at, "window")
    yield "window", f"{name}: window P10Y", _setting(at, "window", "P10Y")
    yield "keep", f"{name}: keep P7Y", _setting(at, "keep", "P7Y")
    onward = "none" if share.get("onward", "none") != "none" else "with_source_agreement"
    yield "onward", f"{name}: onward {onward}", _setting(at, "onward", onward)


def _limit(key: str, n: int, limit: Data, *, vocabulary: Data, seed: int) -> Iterator[Mistake]:
    at, name = (key, n), limit["id"]
    for effect in EFFECTS:
        if effect != limit["effect"]:
            yield "effect", f"{name}: effect {effect}", _setting(at, "effect", effect)
    yield "breakable", f"{name}: breakable flipped", _setting(at, "breakable", FLIPPED[limit["breakable"]])
    yield from _values((*at, "when"), limit["when"], name, vocabulary=vocabulary)
    if "unless" in limit:
        yield "unless", f"{name}: unless left out", _deleting(at, "unless")
        yield from _values((*at, "unless"), limit["unless"], name, vocabulary=vocabulary)
    if "items" in limit:
        yield "selection", f"{name}: items left out", _deleting(at, "items")
        for part, among in (("category", vocabulary["categories"]), ("items", vocabulary["items"])):
            if part in limit["items"]:
                yield from _shorter((*at, "items"), part, {"id": name, **limit["items"]})
                yield from _longer((*at, "items"), part, {"id": name, **limit["items"]}, among=among, seed=seed)
    yield from _shorter(at, "obligations", limit)


def _safe(n: int, safe: Data, *, vocabulary: Data) -> Iterator[Mistake]:
    yield from _values(("safe_conditions", n, "need"), safe["need"], safe["id"], vocabulary=vocabulary)
    flipped = FLIPPED[safe.get("breakable", "no")]
    yield "breakable", f"{safe['id']}: breakable flipped", _setting(("safe_conditions", n), "breakable", flipped)


def _glass(glass: Data, *, vocabulary: Data, seed: int) -> Iterator[Mistake]:
    at = ("break_glass",)
    entry = {"id": "break_glass", **glass}
    yield "emergency", "break_glass: allowed flipped", _setting(at, "allowed", FLIPPED[glass["allowed"]])
    for key, among in (("roles", vocabulary["roles"]), ("purposes", vocabulary["purposes"])):
        if key in glass:
            yield from _shorter(at, key, entry)
            yield from _longer(at, key, entry, among=among, seed=seed)


def _items(data: Data, seed: int) -> Iterator[Mistake]:
    for name, item in data["items"].items():
        other = "open" if item.get("existence") == "secret" else "secret"
        yield "existence", f"{name}: existence {other}", _setting(("items", name), "existence", other)
        categories = [one for one in data["categories"] if one != item["category"]]
        category = _drawn(seed, name, categories)
        yield "category", f"{name}: category {category}", _setting(("items", name), "category", category)


def _unknown(data: Data) -> Iterator[Mistake]:
    for name, fact in data["facts"].items():
        for value in fact["values"]:
            if value != fact["unknown"]:
                yield "unknown", f"{name}: unknown {value}", _setting(("facts", name), "unknown", value)


def _values(at: tuple[Any, ...], condition: Data, name: str, *, vocabulary: Data) -> Iterator[Mistake]:
    """One value fewer, one more, or the whole fact left out, at any depth of a condition."""
    for fact, values in condition.items():
        if fact == "not":
            yield from _values((*at, "not"), values, name, vocabulary=vocabulary)
        elif fact == "any":
            for n, part in enumerate(values):
                yield from _values((*at, "any", n), part, name, vocabulary=vocabulary)
                yield "value", f"{name}: alternative {n + 1} left out", _deleting((*at, "any"), n)
        else:
            yield from _listed(at, fact, values, name=name, known=vocabulary["facts"][fact]["values"])
            if len(condition) > 1:
                yield "value", f"{name}: {fact} left out", _deleting(at, fact)


def _listed(at: tuple[Any, ...], fact: str, values: Any, *, name: str, known: list[str]) -> Iterator[Mistake]:
    listed = [values] if isinstance(values, str) else values
    for value in known:
        if value not in listed:
            yield "value", f"{name}: {fact} also {value}", _setting(at, fact, [*listed, value])
        elif len(listed) > 1:
            left = [one for one in listed if one != value]
            yield "value", f"{name}: {fact} without {value}", _setting(at, fact, left)


def _shorter(at: tuple[Any, ...], key: str, entry: Data) -> Iterator[Mistake]:
    values = entry.get(key, ())
    for value in values:
        left = [one for one in values if one != value]
        if left or key == "obligations":
            yield f"{key} dropped", f"{entry['id']}: {key} without {value}", _setting(at, key, left)


def _longer(at: tuple[Any, ...], key: str, entry: Data, *, among: Mapping[str, Any], seed: int) -> Iterator[Mistake]:
    """Two values more, one at a time."""
    values = entry.get(key, [])
    others = [one for one in among if one not in values]
    for turn in range(min(2, len(others))):
        value = _drawn(seed, f"{entry['id']} {key} {turn}", others)
        others.remove(value)
        yield f"{key} added", f"{entry['id']}: {key} with {value}", _setting(at, key, [*values, value])


def _drawn(seed: int, label: str, options: list[str]) -> str:
    digest = hashlib.sha256(f"{seed} {label}".encode()).digest()
    return options[int.from_bytes(digest[:8]) % len(options)]


def _setting(at: tuple[Any, ...], key: str, value: Any) -> Plant:
    def plant(data: Data) -> None:
        _at(data, at)[key] = value

    return plant


def _deleting(at: tuple[Any, ...], key: Any) -> Plant:
    def plant(data: Data) -> None:
        del _at(data, at)[key]

    return plant


def _at(data: Any, at: tuple[Any, ...]) -> Any:
    for step in at:
        data = data[step]
    return data
