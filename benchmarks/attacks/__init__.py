"""What an attacker gets who holds more than they should: measured against the real parts, with controls that must work.

`make bench-attacks` runs every attack, writes `docs/attacks.md` and `benchmarks/results/attacks.json`, and fails when a
target is missed or a control does not work: an attack that finds nothing says nothing unless it finds what is there.
"""
