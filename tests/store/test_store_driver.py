"""Statements past SQLAlchemy: in the same transaction, with the same rows, and an outage is an outage."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select
from store_entries import entry

from broker.audit import tree
from broker.errors import Unavailable
from broker.store import audit_tables, auditlog, driver
from broker.store.engine import Store


def path_of(index: int, nodes: tree.Nodes) -> list[bytes]:
    return tree.inclusion_proof(index, 21, nodes=nodes)


HASHES = [tree.leaf_hash(bytes([number])) for number in range(21)]


def test_what_is_inserted_is_rolled_back_with_its_transaction(store: Store) -> None:
    """A statement outside the transaction would stay when nothing was audited."""
    with pytest.raises(RuntimeError), store.begin() as tx:
        driver.insert(tx.connection, "audit_pending", ("id",), [(b"a" * 16,)])
        assert driver.rows(tx.connection, "SELECT id FROM audit_pending", ()) == [(b"a" * 16,)]
    with store.look() as connection:
        assert connection.execute(select(audit_tables.audit_pending.c.id)).all() == []


def test_a_statement_that_fails_is_an_outage(store: Store) -> None:
    """An error of the driver that nobody turns into ours would be a 500 with the statement's values in it."""
    with store.begin() as tx:
        tx.audit(entry(1))
    with pytest.raises(Unavailable) as caught, store.begin() as tx:
        tx.audit(entry(1))
    assert "INSERT" not in str(caught.value.__cause__)


def test_nodes_read_together_are_those_read_one_by_one(store: Store) -> None:
    """A proof from other nodes would not verify."""
    nodes = tree.append(0, HASHES, nodes=tree.reader({}))
    with store.sequence() as connection:
        auditlog.integrate(connection, [bytes([number]) * 16 for number in range(21)], nodes, old_size=0)
    with store.look() as connection:
        together = auditlog.nodes_for(connection, lambda read: tree.root(21, read))
        assert tree.root(21, together) == tree.root(21, auditlog.node_reader(connection))
        for index in range(21):
            path = auditlog.nodes_for(connection, partial(path_of, index))
            alone = tree.inclusion_proof(index, 21, nodes=auditlog.node_reader(connection))
            assert tree.inclusion_proof(index, 21, nodes=path) == alone
