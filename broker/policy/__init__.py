"""Policies decide what may be shared and why, and why not. Open `decide` first; `interpret` is the norm.

    decide       the front door: admit (who may ask), decide (one item of one record), release, recompute, may_post
    interpret    the meaning of an agreement in under 60 lines
    decision     what is decided: a non-share without reason, remedy, contact, reviewer and date can't be made
    facts        what a decision depends on, and nothing else; unknown has a declared protective value
    obligations  the transformers that reduce a value, and the notices that go with it
    load         text in, checked `Policies` out; a policy that doesn't check doesn't load
    agreement, protections, vocabulary, gateways, examples   the files people write, typed
    crosscheck, agreement_check   the checks that need more than one file
    policies, rules, reasons      what the files become; what a requester is told
    posting      what a source may post
    condition, levels, written, strict_yaml, days            what the files are made of

Promises: deciding can't fail, depends only on the facts in its audit row, and reads no clock, file or database.
"""
