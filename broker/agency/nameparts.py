"""Words that are no name by themselves, or only part of one: titles, particles, generic first and last parts.

The lists decide what a match key is made of, so a change to one is a change that every agency must make at once: the
vectors in `tests/vectors/normalise/names.json` hold what they come to.
"""

from __future__ import annotations

import re

from broker.agency.field import word_set

TITLES = word_set(
    """
    mr mrs ms miss mx dr prof professor rev revd reverend hon sir dame lord lady master mstr messrs cllr fr
    mst mosammat mosammet musammat mussammat smt shri alhaj alhaji
    """
)
TITLES_TOO = word_set("sir dame lord lady master")
"""Titles that are family names when they stand alone."""
SUFFIXES = word_set("jr jnr junior sr snr senior ii iii iv esq obe mbe cbe phd md")

_NOBODY_STARTS = word_set(
    "baby unborn twin triplet quad newborn infant unknown unnamed unidentified donotuse duplicate dummy"
)
_NOBODY = word_set(
    """
    test tester testing testpatient testperson testclient none null nil notknown notgiven notrecorded notstated
    notapplicable notavailable noname nosurname noforename nofirstname nolastname donotuse dontuse anonymous anon
    refused withheld tbc tba nk fnu lnu nfn nln nmn babyboy babygirl male female boy girl deceased delete deleted error
    temp temporary mum dad mummy daddy mother father another client patient nobody noone somebody someone example
    training invalid void default blank
    """
)
_TYPED_TO_FILL = re.compile(r"^(?:([a-z])\1\1+|xx+|zz+|(?:xx|zz)+test\w*|asdf\w*|qwert\w*)$")

PARTICLES = word_set(
    """
    van von vom zu zum zur der den de del della dela di da do dos das du des le la las los lo ter ten
    al el ul bin bint bte binti ben ibn abu abou umm af av san santa santo
    """
)
"""In front of a family name, and left out of it as often as not."""
BOUND_PARTICLES = word_set("o mac mc m st saint fitz ni nic nig ui ua ap ab ferch verch ab")
"""In front of a family name, and part of it: Brien is another family than O'Brien."""

FAMILY_PARTS = word_set(
    """
    singh kaur begum begam begom bibi khatun khatoon khatoun khanom khanum khanam miah mia miya uddin ullah akhtar akter
    akther aktar nessa nisa bano kumar kumari devi bhai
    """
)
"""Borne by a great many people beside or instead of a family name, so that forms hold them now and then."""
FAMILY_PARTS_AFTER_FORENAME = word_set(
    """
    singh kaur begum begam begom bibi khatun khatoon khatoun khanom khanum khanam miah uddin ullah akhtar akter akther
    aktar
    """
)
FAMILY_PARTS_BEFORE_FORENAME = word_set("singh kaur begum begam begom khatun khatoon khatoun bibi")

SHARED_FIRST_PARTS = word_set("syed sayed sayyid syeda sayeda sayyeda sheikh shaikh shekh haji hajji hafiz hafez")
"""First parts that brothers and cousins share; who is called by the next. Mohammed and its spellings are too."""
SERVANT_OF = word_set("abdul abdur abdus abdel abdal abdool abd abdu abdun abdut")
"""Servant of ...: half a name, which is written together or apart."""

VIETNAMESE = word_set("nguyen tran le pham huynh hoang phan vu vo dang bui do ho ngo duong ly trinh dinh")
VIETNAMESE_MIDDLE = word_set("van thi")
EAST_ASIAN = word_set(
    """
    bai cai cao chan chang chao chau chen cheng cheung chiu cho choi chow chu chua chung cui dai deng ding dong du duan
    fan fang feng fong fu fung gao geng goh gong gu guo han hao ho hou hsu hu huang hui jia jiang jin kang kim koh kong
    kwan kwok kwon lai lam lau lei leung li liang liao lim lin ling liu lo lu luo lui ma mak mao meng ng ong ou pan pang
    park peng poon qian qin qiu ren seo shao shen shi shin siu su sun tam tan tang tao teo tian toh tong tsai tsang tse
    tsui wan wang wei wen wong woo wu xia xiang xiao xie xiong xu xue yan yang yao yau ye yeung yim yin yip yoo yoon yu
    yuan yuen zeng zhang zhao zheng zhong zhou zhu zou jung jeong jang hwang ahn
    """
)
"""Chinese and Korean family names whose bearers have a forename of two syllables, written together or apart."""
FAMILY_NAMES_ONLY = word_set(
    """
    smith jones davies wright hughes patel khan begum kaur singh chowdhury choudhury chaudhry sharma gupta reddy nguyen
    tran pham huynh zhang wang chen huang zhou zhao liu xu wu cheung leung kwok wong chan yeung tsang kowalski kowalska
    nowak wisniewski popescu ionescu okafor okonkwo mensah
    """
)
"""Never a forename: one of these in the forename's box means that the boxes were swapped."""

NOTES = word_set(
    """
    deceased decd dec twin triplet male female m f adult child baby mother father mum dad foster fostered adopted
    adoption confidential restricted lac cin cp ward clinic gp do not duplicate new old see ref id no number unknown
    carer parent guardian client patient sibling sister brother son daughter wife husband partner pronounced address
    surname forename name legal temp temporary uk student team jr sr junior senior ii iii mr mrs miss ms dr unborn test
    eldest youngest elder younger first second third the in at of by for with step his her their spelling spelt sp
    """
)
"""What brackets in a name cell hold when it is a remark and no other name."""


def is_nobody(words: list[str]) -> bool:
    """Whether these words of a name cell stand for nobody: a placeholder, or something typed to fill the box."""
    joined = "".join(words)
    if not words or words[0] in _NOBODY_STARTS or joined in _NOBODY or joined in _NOBODY_STARTS:
        return True
    return bool(_TYPED_TO_FILL.match(joined)) or all(word in _NOBODY or word in _NOBODY_STARTS for word in words)


def is_whole_name(name: str) -> bool:
    """Whether `name` (a-z), as it would come out, is somebody's: not a placeholder, not a title alone."""
    return bool(name) and not is_nobody([name]) and name not in TITLES - TITLES_TOO
