"""The audit log: can we prove who was told what, by whom and why, and who was refused?

The front door is `verify`: a whole exported log, one receipt, or two checkpoints, checked offline from bytes alone.

    events       what happened, as a leaf: public header, salted digests of everything sensitive
    disclosures  one salted field (SD-JWT): shown to those who may see it, a digest to everybody else
    canonical    the one spelling of a leaf (RFC 8785, restricted)
    tree         RFC 6962: nodes, roots, inclusion and consistency proofs
    checkpoint   the signed root of the tree (C2SP signed-note, tlog-checkpoint)
    proof        one leaf's place under one checkpoint (C2SP tlog-proof)
    tiles        the whole log as static files (C2SP tlog-tiles)
    receipt      leaf, proof and disclosures together: what a party keeps
    subjects     who has looked at a record: an index whose root is in the log, complete by proof
    evidence     some events in one zip that anybody checks, and `verify_audit`, the one file that does
    interop      what is open in events, as other systems read it (FHIR, OCSF)
    encoding     base64 and decimal with one spelling only

Promises: values in, values out (no clock, randomness, files); imports nothing but the standard library, `cryptography`
and `broker.errors`, so an outsider can run it without the broker; whatever the bytes, it raises only our errors.
"""
