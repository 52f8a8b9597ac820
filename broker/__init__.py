"""A privacy-preserving data-sharing broker. Start here: the map of the rooms.

A room holds one noun and has one front door; an action holds one verb. Imports go down only.

    cli, server     the edges where the parts are put together
    api             JSON for machines
    pages           what everybody may read: the register of agreements, counts, rights
    actions         one verb a file: accept_records, tell_story, ...
    store           the database: begin() gives a transaction that refuses to commit unaudited
    vaults          open_vault: where secrets live, and whether they may be used there
    trustlist       verify: who is trusted, as enough custodians signed and as of today
    story           tell: the unified view of a person and their family
    linkage         resolve: which records are about the same person, at question time
    policy          decide: may it be shared, why, why not
    audit           verify: can we prove it
    keys            secrets' life: labels, envelopes, signing, trust
    wire            what crosses between the parties
    tokens, oprf    what a token is; how one is made without anybody seeing it

    agency          RUNS AT THE AGENCY, the only room that sees names
    witness         RUNS AT AN AGENCY, add_checkpoint: nobody changes the audit log's history unseen
    linkunit        THE LINKAGE UNIT, run by another organisation than the broker
    synthetic       the fictional place of the demonstration

`docs/ARCHITECTURE.md` has the two flows and the promises, each with the test that holds it.
"""
