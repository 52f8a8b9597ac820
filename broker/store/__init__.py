"""The database: SQLAlchemy Core, plain functions, one set of tables for SQLite and PostgreSQL.

engine     begin() -> Tx, which refuses to commit unaudited; Released[T], the only way data leaves
tables     all tables on one page
records    records by name; sealed parts
labels     label rows
protections the register of protections
deliveries batches, chunks, coverage
verdicts   what people said about pairs of records
auditlog   entries, the sequencer's state, nodes, checkpoints
"""
