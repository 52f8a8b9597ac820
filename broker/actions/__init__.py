"""One verb a file: read, think, record, answer.

    accept_records      a chunk of records is checked, sealed, kept and receipted
    close_batch         a delivery ends; a snapshot closes what it no longer holds
    tell_story          a caseworker's question is decided, told and recorded
    record_verdict      a person says that two records are, or are not, about the same person
    publish_checkpoint  entries of the audit log get their place in the tree, and the tree is signed
    note_start          the start of the broker, and a change of the agreements, are recorded

No business rule is decided here: actions gather, ask the rooms, record and answer.
"""
