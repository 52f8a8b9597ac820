"""What runs at the agency: the only room that sees names, and the reason why nobody else has to.

Front door: `csvfile.read` turns a file of the case system into rows of a `Person` and the content to share;
`matchkeys` turns a person into match keys and evidence atoms; `quality` says how good the file is, with no key and no
network. A person never leaves: what does is blinded, hashed under a key the broker does not hold, or encrypted.

    csvfile   sniff, cells -> rows and rejects      normalise, names, dates, postcode, identifiers   one value each
    mapping   which column is what                  matchkeys                                        atoms and keys
    content   what a row shares                     leaks      a person's own details in what is shared
    quality   the report

Promise: no message of this room repeats a value from a file, only row numbers, column names and reasons.
"""
