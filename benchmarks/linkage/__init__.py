"""How well records are brought together, beside Splink on the same people in the clear, in one run.

`__main__` is the front door, `runs` takes each set through both sides. `sets_public`, `sets_brackwater`, `mapping` give
records; `encode` makes stand-in tokens and evidence of them; `questions` asks by every record with the broker's own
resolving, `batch_run` groups all at once, `splink_run` is the peer; `pairs`, `groups`, `person_sets` and `calibration`
measure; `report` and `plot` show.
"""
