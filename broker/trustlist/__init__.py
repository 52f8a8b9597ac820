"""The signed trust list: who is trusted for what, as long as enough custodians said so and it is of today.

A folder, `keys/` of a place, is a repository of The Update Framework (TUF 1.0, with python-tuf): custodians sign what
is trusted, k of n; one online key says every few days that it still is. Nobody believes the folder, or who carries it.

    verify      the front door of every process: pinned root and what was seen before -> the trust list, or a refusal
    follow      the same while a process runs: verified again when the folder changes, refused when it expires
    repository  for whoever publishes: create, propose, sign, publish, renew, change of custodians
    made        roots, targets and what the online key signs, made of what is handed in
    issuers     who may vouch for an agency's staff: a signed file of its own
    written     what is in the folder, file by file, and how it is written so that a reader never sees half of it

The bytes are described in docs/formats/trust-list.md; the ceremonies around them in keys/README.md.
"""
