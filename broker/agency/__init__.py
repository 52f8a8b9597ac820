"""What runs at the agency: the only room that sees names, and the reason why nobody else has to.

Front door: `csvfile.read` turns a file of the case system into rows of a `Person` and the content to share;
`matchkeys` turns a person into match keys and evidence atoms; `quality` says how good the file is, with no key and no
network. A person never leaves: what does is blinded, hashed under a key the broker does not hold, or encrypted.

    csvfile   sniff, cells -> rows and rejects      normalise, names, dates, postcode, identifiers   one value each
    mapping   which column is what                  matchkeys                                        atoms and keys
    content   what a row shares                     leaks      a person's own details in what is shared
    quality   the report                            edges      clock, randomness, network

What is sent (`send`) and asked (`ask`):

    workspace ready encode blind evidence           a file's rows -> pseudonyms, tokens, sealed evidence and payload
    posting delivery upload client lock             a delivery on disk and on its way, resumable at every step
    ask typed show words own_names                  one question; the names on the screen are this agency's own
    receipts                                        checked before anything is believed
    cli commands_* exits screen                     `broker-agency`

Promise: no message of this room repeats a value from a file, only row numbers, column names and reasons.
"""
