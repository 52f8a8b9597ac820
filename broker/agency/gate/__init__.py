"""The privacy gate of a match-key scheme: a million made-up people, and what a thief of the labels could tell apart.

Front door: `measure.measure(scheme, people)`. It promises the same figures on every machine: nothing here draws from
the operating system. Needs numpy, which is in the extra `gate`; nothing else of the agency's client imports this room.
"""
