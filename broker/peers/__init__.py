"""Edges to the other parties, as the broker sees them.

linkage_unit   has sealed evidence compared, under a desk's ticket
explanation    has one pair explained, under a reviewer's ticket
"""
