"""The addresses of Brackwater: 72 streets in six neighbourhoods, postcodes in the unallocated area `ZY`.

    Flat 3, 41 Millrace Street, Brackwater  ZY1 4AB   UPRN 999900001234

A postcode covers about 15 dwellings of one street; every street has a sector, every neighbourhood a district.
"""

from __future__ import annotations

from random import Random

from broker.synthetic.population import Address

TOWN = "Brackwater"
AREAS = ("Harbourside", "Millbrook", "Eastmoor", "Castle Park", "Quarry Hill", "Northgate")
_UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # C I K M O V are not used in the last two letters of a postcode
_DWELLINGS_PER_POSTCODE = 15

STREETS = (
    "Anchor Lane", "Bosun Street", "Capstan Road", "Dockside Avenue", "Estuary Drive", "Ferry Road", "Gull Terrace",
    "Halyard Close", "Jetty Street", "Lantern Row", "Mooring Way", "Netmakers Yard", "Millrace Street", "Weir Lane",
    "Sluice Gate Road", "Fuller Street", "Teasel Close", "Wheelwright Avenue", "Waterside Road", "Grindstone Hill",
    "Kingfisher Drive", "Alder Street", "Osier Grove", "Reedbed Walk", "Bracken Road", "Curlew Avenue", "Drovers Way",
    "Gorse Hill", "Heather Bank", "Lapwing Close", "Moorland View", "Peat Lane", "Plover Street", "Ridge Road",
    "Sheepfold Lane", "Whinchat Drive", "Barbican Road", "Castle Street", "Drawbridge Lane", "Garrison Road",
    "Keep Avenue", "Moat Street", "Portcullis Way", "Rampart Terrace", "Sentinel Street", "Tower Hill",
    "Turret Close", "Warden Road", "Blaster Lane", "Chisel Street", "Delph Road", "Flagstone Avenue",
    "Gritstone Terrace", "Hewers Row", "Ironstone Close", "Limekiln Road", "Mason Street", "Pickaxe Lane",
    "Slate Hill", "Stonebreak Road", "Beacon Road", "Coldharbour Lane", "Drayhorse Street", "Foundry Road",
    "Glassworks Street", "Hayloft Close", "Ironmonger Row", "Junction Street", "Loom Street", "Printworks Avenue",
    "Signal Road", "Tannery Lane",
)  # fmt: skip


def _postcode(street: int, unit: int) -> str:
    # The units of a street are spread, so that neighbours' postcodes do not differ by one letter only.
    spread = unit * 147 % 400
    return f"ZY{street // 12 + 1} {street % 12 % 10}{_UNIT_LETTERS[spread // 20]}{_UNIT_LETTERS[spread % 20]}"


def make_addresses(rng: Random, count: int) -> list[Address]:
    """At least `count` dwellings in a random order, about one in six of them a flat."""
    per_street = count // len(STREETS) + 1
    found: list[Address] = []
    for street, name in enumerate(STREETS):
        # Two streets of a district share a sector number: they take the lower and the upper half of its units.
        first_unit = 200 if street % 12 >= 10 else 0
        made, number = 0, 0
        while made < per_street:
            number += 1
            flats = [str(flat) for flat in range(1, rng.choice((3, 4, 6)) + 1)] if rng.random() < 0.06 else [""]
            for flat in flats:
                postcode = _postcode(street, first_unit + made // _DWELLINGS_PER_POSTCODE)
                uprn = f"9999{len(found) + 1000:08d}"
                found.append(Address(uprn, flat, str(number), name, postcode, AREAS[street // 12]))
                made += 1
    rng.shuffle(found)
    return found
