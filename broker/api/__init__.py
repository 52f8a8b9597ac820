"""JSON for machines: one file an audience. Who signed, what they sent, one call of an action, the answer.

    callers    who signed a request, under the trust list of now
    records    agencies post, retract, close and look at deliveries
    questions  desks ask, and say what they think of an answer
    reviews    reviewers see how far two records of an answer agree
    log        checkpoints and hash tiles, for whoever checks the log
    health     is the process up, is it ready

Every route is signed by an agency (RFC 9421) or on the public list in `health` and `log`.
"""
