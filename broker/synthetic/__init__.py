"""The fictional place of the demonstration: Brackwater, its people, the mess in their records, and the stories.

    place.build(people, seed, today)   the truth: households, people, relationships, addresses
    caseloads.records(place)           what each of 18 sources holds about them, with mistakes
    truth.write(place, folder)         the CSV exports and mapping files of the agencies, and the truth kept apart

Nobody here exists. The postcode area `ZY` is not allocated, NHS numbers are in the 999 test range, National Insurance
numbers have a prefix that was never issued, phone numbers are Ofcom's for drama, e-mail addresses end in `.example`.
Only the standard library is used, and every random choice comes from the seed: the same call gives the same bytes.
No part of the broker or of the agency client may import this room.
"""
