"""One verb a file: read, think, record, answer.

    accept_records      a chunk of records is checked, sealed, kept and receipted
    check_chunk, unmask, keep_rows, protect    its parts
    close_batch         a delivery ends; a snapshot closes what it no longer holds
    tell_story          a caseworker's question is decided, told and recorded
    check_question, gather_family, record_answer, watch_guesses    its parts
    record_verdict      a person says that two records are, or are not, about the same person
    review_pair         a reviewer sees how far two records of an answer agree
    open_pair           two handles of an answer -> the two records; part of both
    read_alarms         an agency hears of walks through guesses by its own staff
    publish_checkpoint  entries of the audit log get their place in the tree, and the tree is signed
    find_answer         a spoken reference leads to who asked, why, and what was told
    export_log          the whole log as static files, for whoever checks it from scratch
    change_policy       other agreements come into force, at once and for every process, or not at all
    damaged             records that somebody changed in the database are told of and passed by
    reseal_evidence     the evidence of records is sealed again to the linkage unit's newest key
    read_decisions      logged decisions are opened, to be made again or under other agreements
    note_start          the start of the broker is recorded; on a new database the first agreements come into force

No business rule is decided here: actions gather, ask the rooms, record and answer.
"""
