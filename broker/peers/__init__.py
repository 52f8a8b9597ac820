"""Edges to the other parties, as the broker sees them.

linkage_unit   has sealed evidence compared, under a desk's ticket
block_run      has the blocks of a population run compared, under a grant
resealing      has evidence sealed again to the newest envelope key, under a grant
explanation    has one pair explained, under a reviewer's ticket
"""
