"""What crosses between the parties, versioned: one file a conversation.

    fields      the base class, the shapes of single fields, canonical bytes
    evaluation  agency <-> linkage unit: blinded points out, masked points and a signed evaluation back
    delivery    agency -> broker: chunks of records, receipts
    question    agency's desk -> broker: ticket, person assertion, masked tokens
    answer      broker -> desk: the story, what is not shown and why, the receipt
    comparison  broker <-> linkage unit: sealed evidence out; weights and bands of pairs back, signed
    review      reviewer's client <-> broker: how far two records of an answer agree
    grant       two people's leave for a population run, or for envelopes to be sealed again
    reseal      broker <-> linkage unit: envelopes out under an old key, back under the newest
    update      linkage unit -> broker: the step from one epoch of the linkage key to the next
    destroyed   a party's word that it destroyed a key
    counts      linkage unit -> agency: which of its tickets were used on one day

Everything is strict: unknown fields, wrong types and out-of-range sizes are refused. A change here changes a promise
to others: bump the version.
"""
