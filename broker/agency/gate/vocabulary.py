"""The names of the made-up people, and every atom that a name makes, by the agency's own rules.

    forenames  two lists of the usual names in order of frequency, then the rarer ones of the client's nickname tables
    surnames   the usual ones in order of frequency, then 24,000 put together from stems and endings

Frequencies follow 1 / (rank + 8)^a with `a` chosen so that two people drawn at random have the same name as often as
study says: collision entropy 5.8 bits for forenames within a sex (6.8 over both), 9.0 bits for surnames. One household
in eight takes both names from a second, narrower stock (4.5 and 5.0 bits), as families of one community do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from nicknames import name_triplets

from broker.agency import names
from broker.agency.gate.draws import Floats, Ints, stream

FORENAME_BITS, SURNAME_BITS = 5.5, 9.0
NARROW_FORENAME_BITS, NARROW_SURNAME_BITS = 4.5, 5.0
_RARER = 500
_TAIL = 24_000

_WOMEN = """
margaret susan sarah patricia christine elizabeth jean mary emma linda karen helen joan julie janet jacqueline claire
barbara sandra jennifer laura nicola deborah rebecca lisa victoria amanda charlotte dorothy rachel catherine louise
lucy sophie hannah jessica amy samantha chloe emily katie katherine gemma lauren olivia michelle natalie megan amelia
tracey angela sharon carol ann joanne maureen jane alison kelly anna holly sheila doris gillian isabella mia ava grace
pauline joyce brenda kathleen beverley dawn wendy lesley diane abigail danielle kirsty zoe leanne stacey hayley jade
bethany eleanor georgia alice molly ella evie poppy lily freya phoebe florence daisy rosie ruby maisie isla elsie
teresa marie valerie sylvia irene marion lorraine yvonne ruth edith frances theresa rose heather tina paula kerry
carly rachael fiona naomi shannon courtney paige caitlin ellie niamh siobhan rhian sian aoife eilidh mhairi agnieszka
maria elena zofia ngozi blessing grainne bronwen carys gwen
"""
_MEN = """
david john michael peter robert paul andrew james mark stephen richard christopher daniel thomas matthew william
kevin joseph anthony brian ian alan simon steven philip jack benjamin samuel martin george gary ryan graham joshua
nicholas adam luke kenneth lee alexander keith jonathan oliver craig stuart neil ronald edward harry derek darren
charles jamie colin barry raymond dennis jason trevor aaron liam connor nathan callum jake lewis kyle jordan ashley
dean wayne carl scott sean shaun patrick gareth rhys owen dylan ethan jacob charlie oscar noah leo archie alfie
freddie henry theo arthur max isaac logan mason tyler geoffrey roger donald terence leslie gordon douglas dominic
timothy russell adrian julian nigel clive howard malcolm norman frank albert frederick ernest harold stanley ross
duncan hamish fraser euan angus declan niall kieran ciaran brendan marcus leon reece bradley elliot toby louis
sebastian piotr tomasz krzysztof andrei chinedu emeka winston leroy desmond ivor glyn
"""
_NARROW_WOMEN = """
fatima aisha zainab maryam sana nadia saima amina khadija shazia rukhsana noor iqra bushra parveen nasreen yasmin
priya anjali sunita kavita harpreet jasmeet manpreet pooja meera asha halima sumaya ruqayya tahmina nazia farzana
"""
_NARROW_MEN = """
mohammed ali ahmed imran usman hassan bilal abdul tariq hamza asif yusuf nadeem zeeshan ibrahim omar khalid shahid
raj sanjay vikram amit gurpreet harjit arjun rohan suresh anil deepak kamal rahim habib faisal adnan haroon irfan
"""
_SURNAMES = """
smith jones taylor brown williams wilson johnson davies robinson wright thompson evans walker white roberts green
hall wood jackson clarke harris clark turner hill cooper ward moore morris king watson baker harrison morgan
allen james scott phillips lee mitchell martin young parker cook bennett edwards carter richardson bailey collins
bell shaw murphy miller cox richards marshall anderson simpson ellis adams wilkinson foster chapman mason gray webb
rogers hunt mills palmer campbell knight stevens owen kelly holmes dixon barnes fisher butler lloyd matthews thomas
stewart graham hughes barker pearson gibson fletcher howard andrews reynolds elliott fox ford payne fowler saunders
day brooks west cole wells pearce dean burton armstrong lawrence jenkins griffiths hart rose gardner riley ryan
hudson hawkins carpenter perry powell watts newman gordon walsh lawson sutton hunter holland oliver bird page
atkinson berry francis burns dawson lane gregory black jordan stone reid ross cunningham murray macdonald duncan
hamilton robertson henderson paterson morrison ferguson fraser kerr doyle obrien byrne gallagher doherty oneill
oconnor sullivan mccarthy reilly quinn booth hargreaves ashworth greenwood sykes hartley spencer lowe moss
nicholson barrett cross hardy warren peters poole newton frost nash parsons kent abbott rowe curtis goodwin
rees price bevan pugh prosser llewellyn nowak kowalski popescu okafor adeyemi chen wong nguyen silva
"""
_NARROW_SURNAMES = """
khan ahmed patel ali hussain begum singh kaur shah malik iqbal mahmood akhtar rahman miah islam chowdhury uddin
khatun bibi butt mirza raja sharma kumar gill mehta desai joshi bhatti aslam rashid yousaf farooq saleem nawaz
"""
_STEMS = """
ash bar bel ben black bow brad bram bran brook buck bur can cart chad char chil clay clif cob col cop cor cran craw
crom cul dal dan dar den der dick dod dor dray dun dur earn east ed el em en fair fal far fen fern fin fir fitz flax
for frank free gar gat gil glad glen good gos gran green grim had hal ham han har hat haw hay hazel hel hen her hew
hey high hil hin hob hod hol hop hor hors how hux il in ir jar jen jes keg kel ken kil kin kir kit lam lan lang lav
law led leigh lil lin lit loc long lov low lud lyn mad mal man map mar mas mat may mel mer mid mil mon mor mul nay
net new nor nut oak od ol or os ott ox pad pal par pat pem pen per pick pin plum pol por pres pur quin rad ram ran
raw red rich rip rob rod rok ros row rud rus rut sal sand saw sed sel sher ship sil skel slat som sou spen stan stap
stock stod strat stub sud sul sun swan swin tal tan tar tem ten thack thorn thur til tin tom top tor tow trem tut
ud ul under up ut var vin wad wain wake wal wan war was wat way wed wel wes whar whit wick wil win wol wor wrag yar
"""
_MIDDLES = ["", "er", "ing", "al", "en", "ber"]
_ENDINGS = """
son ton ley man well ford er ing by wood worth field house bury land croft more den dale ett ock ard cott ham stead
shaw gate bridge kin ell smith head hurst wick combe brook stone low side ward wright bank ridge some bourne
"""


@dataclass(frozen=True)
class Stock:
    """Names a group draws from: places in a list of names, and their cumulative frequencies."""

    first: int
    cumulative: Floats


@dataclass(frozen=True)
class Names:
    """Forenames or surnames in one list; `atoms` has a column over it for each atom that a name makes, 0 where none."""

    words: tuple[str, ...]
    stocks: dict[str, Stock]
    atoms: dict[str, Ints]


def make_forenames() -> Names:
    """Forenames by group `f`, `m`, and `narrow-f`, `narrow-m` for the narrower stock."""
    usual = {"f": _WOMEN.split(), "m": _MEN.split()}
    known = set(usual["f"]) | set(usual["m"])
    rarer = [name for name in _table_names() if name not in known]
    lists = {sex: _unique([*usual[sex], *rarer[place::2][:_RARER]]) for place, sex in enumerate("fm")}
    groups = {sex: (found, FORENAME_BITS) for sex, found in lists.items()}
    groups |= {"narrow-f": (_NARROW_WOMEN.split(), NARROW_FORENAME_BITS)}
    groups |= {"narrow-m": (_NARROW_MEN.split(), NARROW_FORENAME_BITS)}
    return _names(groups, prefix="fn")


def make_surnames() -> Names:
    """Surnames by group `usual` and `narrow`."""
    made = [stem + middle + end for stem in _STEMS.split() for middle in _MIDDLES for end in _ENDINGS.split()]
    # By a hash, so that rank has nothing to do with spelling.
    tail = sorted(set(made) - set(_SURNAMES.split()), key=lambda name: int(stream(name)))[:_TAIL]
    groups = {"usual": (_unique([*_SURNAMES.split(), *tail]), SURNAME_BITS)}
    return _names(groups | {"narrow": (_NARROW_SURNAMES.split(), NARROW_SURNAME_BITS)}, prefix="sn")


def _table_names() -> list[str]:
    everyone = {name for full, _, short in name_triplets() for name in (full, short) if name.isalpha() and name[2:]}
    return sorted(everyone, key=lambda name: int(stream(name)))


def _unique(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _names(groups: dict[str, tuple[list[str], float]], *, prefix: str) -> Names:
    words: list[str] = []
    stocks = {}
    for group, (found, bits) in groups.items():
        stocks[group] = Stock(len(words), np.cumsum(frequencies(len(found), bits)))
        words += found
    return Names(tuple(words), stocks, _atoms(words, prefix))


def _atoms(words: list[str], prefix: str) -> dict[str, Ints]:
    made = {
        prefix: words,
        f"{prefix}c": [names.canonical(word) for word in words],
        f"{prefix}p": [names.phonetic(word) for word in words],
        f"{prefix}1": [(names.canonical(word) if prefix == "fn" else word)[:1] for word in words],
        f"{prefix}3": [word[:3] for word in words],
        f"{prefix}S": [word[-3:] if len(word) > 3 else "" for word in words],
    }
    return {atom: _coded(values) for atom, values in made.items()}


def _coded(values: list[str]) -> Ints:
    # Numbered by the text itself, so that forenames and surnames with one sound have one number (atom `nsw`).
    return np.array([int(stream(value)) >> 8 if value else 0 for value in values], dtype=np.int64)


def frequencies(count: int, bits: float) -> Floats:
    """Falling shares of `count` names whose collision entropy is `bits`, or as near as so few names come."""
    ranks = np.arange(count, dtype=np.float64) + 8.0
    low, high = 0.0, 4.0
    for _ in range(50):
        middle = (low + high) / 2
        shares = ranks**-middle
        shares /= shares.sum()
        low, high = (middle, high) if -np.log2(np.sum(shares**2)) > bits else (low, middle)
    return shares
