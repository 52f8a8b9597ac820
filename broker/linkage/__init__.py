"""Which records are about the same person, worked out at question time and never stored.

resolve   the front door: says which points it wants looked up, is fed candidates, gives the person's records
compare   two sets of points -> which match keys they share and which both hold
weights   what sharing them is worth
groups    related records -> the members of the family
"""
