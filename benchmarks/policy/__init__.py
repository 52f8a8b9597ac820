"""Figures of the policy room, each with its limit: `make bench-policy`."""
