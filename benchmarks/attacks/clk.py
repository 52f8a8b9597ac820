"""The control's encoding: cryptographic long-term keys, as most of the field still uses them.

CLK (Schnell, Bachteler and Reiher 2009, 2011): the bigrams of every field of a person, each hashed by k keyed hashes to
k positions of one Bloom filter of m bits. Similar people have similar filters, which is what it is for, and what the
attack lives on: the holder of the filters sees who resembles whom, without the key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

import numpy as np

BITS = 1024
HASHES = 10

Fields = Sequence[str]
"""One person's fields, in an order that both sides use: forename, surname, date of birth."""


def bigrams(fields: Fields) -> frozenset[str]:
    """The bigrams of all fields, each field with a space before and after."""
    padded = (f" {field.lower()} " for field in fields if field)
    return frozenset(text[at : at + 2] for text in padded for at in range(len(text) - 1))


def encode(people: Sequence[Fields], key: bytes) -> np.ndarray:
    """(n, BITS) of 0 and 1: the filter of every person under `key`."""
    filters = np.zeros((len(people), BITS), dtype=np.float32)
    positions = {gram: _positions(gram, key) for fields in people for gram in bigrams(fields)}
    for row, fields in enumerate(people):
        for gram in bigrams(fields):
            filters[row, positions[gram]] = 1
    return filters


def dice_of_filters(filters: np.ndarray) -> np.ndarray:
    """(n, n) Dice similarities of rows of 0 and 1: what the holder of the filters computes."""
    sizes = filters.sum(axis=1)
    similarity: np.ndarray = 2 * (filters @ filters.T) / np.maximum(sizes[:, None] + sizes[None, :], 1)
    return similarity


def dice_of_people(people: Sequence[Fields]) -> np.ndarray:
    """(n, n) Dice similarities of bigrams: what the attacker computes on the names they hold."""
    sets = [bigrams(fields) for fields in people]
    index = {gram: at for at, gram in enumerate(sorted(frozenset().union(*sets)))}
    held = np.zeros((len(sets), len(index)), dtype=np.float32)
    for row, grams in enumerate(sets):
        held[row, [index[gram] for gram in grams]] = 1
    return dice_of_filters(held)


def _positions(gram: str, key: bytes) -> list[int]:
    digests = (hmac.digest(key, f"{gram}|{number}".encode(), hashlib.sha256) for number in range(HASHES))
    return [int.from_bytes(digest[:8], "big") % BITS for digest in digests]
