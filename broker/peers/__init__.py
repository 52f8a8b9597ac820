"""Edges to the other parties, as the broker sees them.

linkage_unit   has sealed evidence compared, under a desk's ticket
"""
