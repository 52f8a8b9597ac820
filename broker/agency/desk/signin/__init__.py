"""Who is at the desk: issuers vouch for people, sessions remember it for a while, and the browser holds no credential.

Front door: `session.signed_in`.
"""
