"""THE LINKAGE UNIT, run by another organisation than the broker. Holds keys, stores nothing about people.

It evaluates blinded points under the linkage key and a mask that only the broker can open, compares sealed evidence
under a desk's ticket or two people's grant, and counts what it was asked before it answers. It never sees a name, an
unblinded point, a label or a payload; evidence is in its memory for the length of one call.

    app          the unit put together, and the start
    routes       the front door: who may ask what
    evaluate     blinded points: what is refused, and the evaluation itself; pure
    comparing    the three comparisons: a question's call, a block's call, one pair explained
    envelopes    a sealed envelope -> what an agency stated inside, or one refusal that says nothing
    compare      opened evidence and the match model -> weights and bands; pure
    resealing    envelopes come back under the newest key, what is inside unchanged
    heldkeys     the secrets that the trust list calls for, each checked against its published half
    newkeys      the next keys, the update token for the broker, and the word that an old key is gone
    tickets      a desk's licence for one question, a reviewer's for one pair
    grants       two people's leave for a population run, or to have envelopes sealed again
    ledger       what was asked, by whom, when: durable, single use, within the day's allowance
    book         one transaction of the ledger; the chain of its count log
    statements   what an agency reads of its own tickets
    settings     LINKUNIT_* in the environment

Promises: an answer leaves after its count is on disk; a ticket, a call or a request nonce works once, also after a
restart; diagnostics hold agency, use, purpose, counts and code, never a point or an envelope.
"""
