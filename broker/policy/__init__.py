"""Policies decide what may be shared and why, and why not. Open `decide` first; `interpret` is the norm.

    decide       the front door: admit (who may ask), decide and decide_all (items of a record), release, recompute
    interpret    the meaning of the policies in 60 lines: the norm
    compile, plan, masks, packed   the same at run time, a hundred times as fast; the facts as one number
    seen, said   a question's facts as each agreement sees them; the whole decision on what was found
    explain      why not: the smallest changes that would show more, blind to what is secret
    decision     what is decided: a non-share without reason, remedy, contact, reviewer and date can't be made
    facts        what a decision depends on, and nothing else; unknown has a declared protective value
    obligations  the transformers that reduce a value, and the notices that go with it
    load         text in, checked `Policies` out; a policy that doesn't check doesn't load
    agreement, protections, vocabulary, gateways, examples   the files people write, typed
    crosscheck, vocabulary_check, agreement_check, terms_check   the checks that need more than one file, or the law
    purpose_wall what the broker is never for, whatever a file says; sentences: what is wrong with a file, in words
    cedar        the policies as Cedar text, for an engine that knows nothing of ours to judge in the tests
    render       the documents made from an agreement; json_schema: its shape, for editors
    policyset    a set that may come into force: loaded and proven, or not at all
    replay, replayed, speller   logged decisions made again, or under other policies
    policies, rules, reasons      what the files become; what a requester is told
    posting      what a source may post
    condition, levels, written, strict_yaml, days            what the files are made of

Promises: deciding can't fail, depends only on the facts in its audit row, and reads no clock, file or database.
"""
