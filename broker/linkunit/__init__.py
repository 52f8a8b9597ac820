"""THE LINKAGE UNIT, run by another organisation than the broker. Holds keys, stores nothing about people.

It evaluates blinded points under the linkage key and a mask that only the broker can open, and counts what it was asked
before it answers. It never sees a name, an unblinded point, a label or a record.

    app        the front door: POST /v1/evaluate, signed by an agency
    evaluate   what is refused, and the evaluation itself; pure
    ledger     what was asked, by whom, when: durable, single use, within the day's allowance
    settings   LINKUNIT_* in the environment

Promises: an answer leaves after its count is on disk; a ticket or a request nonce works once, also after a restart;
diagnostics hold agency, use, count and code, never a point.
"""
