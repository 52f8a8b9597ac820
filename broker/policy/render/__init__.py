"""Documents made from the policies, with nothing added by hand: open `render` first.

    render      the front door: one agreement, one kind of document, as a page of HTML
    agreement_page, agreement_clauses   the agreement itself, for signing: every field of it, in words
    ropa        the record of processing of each party (UK GDPR article 30)
    dpia        the annex of the impact assessment: flows, necessity, reach, what is proven never to happen
    register    the entry in the public register (Digital Economy Act 2017)
    notice      the paragraph for a privacy notice, in plain English
    card        a practitioner's card: what you will see, and why
    say         dates, periods, levels, conditions and legal articles in words
    markup      HTML that can't be unbalanced or unescaped; the one stylesheet

Promises: the same policies give the same bytes; every text of a policy is escaped; pages load nothing from elsewhere.
"""
