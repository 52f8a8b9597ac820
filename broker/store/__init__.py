"""The database: SQLAlchemy Core, plain functions, one set of tables for SQLite and PostgreSQL.

engine     begin() -> Tx, which refuses to commit unaudited; Released[T], the only way data leaves
tables     all tables on one page
records    records by name; sealed parts
labels     label rows
protections the register of protections
deliveries batches, chunks, coverage
verdicts   what people said about pairs of records
reviews    who was told how two records agree, for an hour
recalls    notices to earlier readers of an answer that rested on a mistaken link
policysets sets of agreements by digest, and the one in force
guesses    what of a week's questions shows a walk through guesses
auditlog   entries, the sequencer's state, nodes, checkpoints
"""
