"""Secrets' life: what each key does, and what it is bound to. Pure: key material and randomness are handed in.

context    the one registry of domain-separation labels
labels     token -> label; the encrypted reference beside it
envelope   a record sealed under a fresh data key wrapped by the agency's key-encrypting key
sealing    HPKE to another party
signing    signatures over what crosses
messages   RFC 9421 signatures over HTTP requests
trust      who is trusted: public keys of agencies and services
keyring    the broker's own secrets as one value
inventory  every key, whose it is, what its loss and its leak cost (keys/inventory.json)
custody    the linkage key as words of five custodians, of whom three bring it back
updating   the update token of the linkage key: sealed, and checked before it is believed
destroying the signed record that a key was destroyed
dleq       proofs of RFC 9497, mode 1, that one key made a batch of points
threshold  a prototype: the linkage key shared among linkage units of different organisations
"""
