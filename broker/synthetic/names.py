"""Small tables of names, made for this project: by sex, birth cohort and origin, the commonest first.

A name's chance falls with its place in its list, roughly as in real registers, so that there are many Smiths and few
Wetherbys. Origin steers spelling mistakes in `broker.synthetic.mistakes`; it is in no export.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import accumulate
from random import Random

ORIGINS: Mapping[str, int] = {
    "english": 610, "irish": 40, "welsh": 30, "scottish": 30, "polish": 50, "romanian": 15, "pakistani": 70,
    "bangladeshi": 20, "indian": 40, "nigerian": 30, "caribbean": 20, "chinese": 20, "arabic": 25,
}  # fmt: skip

_ENGLISH: Mapping[str, tuple[tuple[int, str, str], ...]] = {
    "F": (
        (0, "1955",
            "Margaret Jean Mary Joan Patricia Sheila Barbara Dorothy Doreen June Shirley Joyce Maureen Elizabeth "
            "Brenda Pamela Ann Beryl Eileen Audrey Irene Marjorie Edna Vera Winifred"),
        (1955, "1975",
            "Susan Julie Karen Jacqueline Deborah Tracey Jane Helen Diane Sharon Tracy Angela Sarah Alison "
            "Caroline Amanda Sandra Linda Catherine Elizabeth Carol Joanne Wendy Janet Dawn Christine Lesley "
            "Gillian"),
        (1975, "1993",
            "Sarah Claire Emma Laura Rebecca Gemma Rachel Kelly Victoria Katherine Lisa Michelle Nicola Leanne "
            "Samantha Hayley Natalie Stacey Kirsty Danielle Amy Jennifer Stephanie Lindsay Donna Zoe Cheryl Jodie"),
        (1993, "2008",
            "Chloe Emily Sophie Jessica Megan Charlotte Hannah Lauren Rebecca Lucy Amy Georgia Katie Bethany Emma "
            "Olivia Courtney Shannon Eleanor Abigail Jade Molly Paige Amber Grace Isabella Holly Ella Mia Leah"),
        (2008, "9999",
            "Olivia Amelia Isla Ava Emily Ella Grace Poppy Lily Sophia Freya Evie Mia Daisy Florence Elsie Ivy "
            "Willow Rosie Phoebe Matilda Harper Lola Erin Maisie Darcie Scarlett Imogen Bonnie Thea Violet Robyn"),
    ),
    "M": (
        (0, "1955",
            "John Peter David Michael Ronald Kenneth Brian William Alan Derek Raymond James Robert George Dennis "
            "Roy Anthony Geoffrey Gordon Donald Norman Stanley Frederick Arthur Harold Ernest Leslie"),
        (1955, "1975",
            "David Paul Stephen Mark Andrew Michael Ian Robert Kevin Christopher Gary Simon Anthony John Peter "
            "Richard Steven Martin Nigel Philip Graham Neil Colin Keith Darren Barry Trevor Alan"),
        (1975, "1993",
            "Christopher James David Daniel Michael Matthew Andrew Richard Paul Mark Thomas Adam Robert Craig Lee "
            "Benjamin Jonathan Stuart Ryan Gareth Wayne Dean Scott Carl Shaun Ashley Marc Luke"),
        (1993, "2008",
            "Jack Thomas Daniel Joshua James Matthew Ryan Luke Samuel Jordan Adam Liam Connor Callum Alexander "
            "Benjamin Lewis Nathan Kieran Bradley Kyle Jake Harry Aaron Charlie Reece Ethan Owen Max Tyler"),
        (2008, "9999",
            "Oliver George Noah Arthur Harry Leo Jack Charlie Oscar Jacob Henry Thomas Freddie Alfie Theo William "
            "Archie Logan Mason Finley Teddy Reuben Jude Albie Ronnie Jayden Riley Toby Kai Louie Ellis Rory"),
    ),
}  # fmt: skip

_FORENAMES: Mapping[str, Mapping[str, str]] = {
    "irish": {"F": "Siobhan Aoife Niamh Ciara Sinead Roisin Orla Maeve Bridget Caoimhe Kathleen Deirdre",
              "M": "Sean Patrick Conor Liam Declan Eoin Niall Cormac Brendan Padraig Fergal Oisin"},
    "welsh": {"F": "Rhian Sian Carys Bethan Ffion Cerys Angharad Nerys Seren Lowri Megan Eleri",
              "M": "Rhys Gareth Dylan Owain Huw Emyr Iwan Geraint Ieuan Llyr Gethin Aled"},
    "scottish": {"F": "Fiona Eilidh Kirsty Morag Isla Ailsa Catriona Mhairi Shona Iona Heather Lorna",
                 "M": "Hamish Callum Ewan Fraser Angus Duncan Alasdair Gregor Lachlan Rory Craig Murdo"},
    "polish": {"F": "Anna Katarzyna Małgorzata Agnieszka Magdalena Zofia Joanna Ewa Zuzanna Aleksandra Oliwia Hanna",
               "M": "Piotr Krzysztof Tomasz Marek Jakub Kacper Łukasz Paweł Michał Szymon Wojciech Filip"},
    "romanian": {"F": "Maria Elena Ioana Andreea Mihaela Cristina Alexandra Daniela",
                 "M": "Andrei Ion Alexandru Mihai Cristian Ștefan Gabriel Ionuț"},
    "pakistani": {"F": "Fatima Aisha Zainab Sana Nadia Saima Shazia Ayesha Hira Maryam Rukhsana Iqra Noor Bushra",
                  "M": "Mohammed Muhammad Ali Imran Usman Hassan Bilal Tariq Ahmed Zeeshan Asif Yusuf Hamza Nadeem"},
    "bangladeshi": {"F": "Fatema Nasrin Shirin Rahima Sultana Tahmina Ruksana Amina Farzana Jannat",
                    "M": "Mohammed Abdul Rahim Shahid Kamal Jamal Habib Rafiq Tareq Shofiq"},
    "indian": {"F": "Priya Anjali Sunita Kavita Neha Pooja Meera Jasmeet Harpreet Lakshmi Divya Asha",
               "M": "Raj Sanjay Vikram Amit Rohan Arjun Harjit Gurpreet Suresh Anil Deepak Kiran"},
    "nigerian": {"F": "Ngozi Chioma Funmilayo Adaeze Folake Ifeoma Amara Temitope Blessing Yetunde",
                 "M": "Chinedu Emeka Oluwaseun Tunde Babatunde Obinna Ikechukwu Adebayo Femi Kelechi"},
    "caribbean": {"F": "Shanice Marcia Beverley Yvonne Keisha Jasmine Tanisha Sharon Simone Monique",
                  "M": "Winston Leroy Delroy Marlon Jermaine Tyrone Dwayne Curtis Errol Desmond"},
    "chinese": {"F": "Xiaoling Mei Li Jing Xiuying Yan Fang Min Hui Lan",
                "M": "Wei Jian Ming Jun Qiang Lei Hao Yong Feng Bo"},
    "arabic": {"F": "Fatimah Maryam Noura Layla Huda Samira Yasmin Rania Amal Zahra",
               "M": "Mohamed Ahmad Omar Khalid Youssef Ibrahim Hussein Mustafa Karim Abdullah"},
}  # fmt: skip

_SURNAMES: Mapping[str, str] = {
    "english": "Smith Taylor Brown Wilson Johnson Walker Wright Robinson Thompson White Green Hall Wood Harris Clarke "
    "Jackson Turner Hill Cooper Ward Moore Clark King Baker Harrison Morris Allen Mitchell Lee Parker Bennett "
    "Young Shaw Carter Richardson Collins Bailey Miller Cook Marshall Cox Bell Webb Rogers Simpson Foster Barker "
    "Palmer Chapman Mills Holmes Lloyd Knight Butler Barnes Fisher Dixon Mason Harvey Hunt Pearson Fletcher "
    "Gibson Fox Hartley Ellis Booth Spencer Wells Lawson Dean Bradley Atkinson Holt Dawson Burton Nicholson "
    "Sutton Poole Hargreaves Whitaker Ashworth Greenwood Sykes Barraclough Ramsbottom Thwaite Wetherby "
    "Pickersgill Oldroyd Entwistle Birtwhistle",
    "irish": "Murphy O'Brien Kelly O'Connor Byrne Ryan Walsh O'Neill Doyle McCarthy Gallagher Doherty Connors Quinn",
    "welsh": "Jones Davies Williams Evans Thomas Roberts Lewis Hughes Griffiths Owen Rees Powell Prosser Llewellyn",
    "scottish": "Campbell Stewart MacDonald Robertson Murray McKenzie Fraser Ross McLeod Sinclair Buchanan Drummond",
    "polish": "Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Król",
    "romanian": "Popescu Ionescu Popa Dumitru Stan Gheorghe Rusu Munteanu Constantin Țurcanu",
    "pakistani": "Khan Hussain Ahmed Ali Iqbal Mahmood Malik Akhtar Shah Begum Butt Mirza Raja Chaudhry",
    "bangladeshi": "Miah Begum Khatun Islam Rahman Uddin Ali Hossain Chowdhury Sultana",
    "indian": "Patel Singh Kaur Sharma Gill Shah Kumar Desai Mehta Reddy Nair Joshi Bhatt Grewal",
    "nigerian": "Okafor Adeyemi Okonkwo Eze Balogun Okoro Adebayo Nwosu Ogunleye Afolabi Ibrahim Obi",
    "caribbean": "Campbell Grant Francis Reid Clarke Bailey Henry Powell Blake Joseph Charles Gordon",
    "chinese": "Zhang Wang Li Chen Liu Wong Chan Lin Huang Zhao Wu Xu",
    "arabic": "Al-Sayed Hassan Ibrahim Al-Hamdani Saleh Mansour Haddad Abdi Nasser El-Masri Farah Khalil",
}


@cache
def _weighted(words: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    names = tuple(words.split())
    return names, tuple(accumulate(1 / (place + 4) for place in range(len(names))))


@cache
def _forenames(origin: str, sex: str, *, year: int) -> str:
    if origin in _FORENAMES:
        return _FORENAMES[origin][sex]
    return next(words for first, last, words in _ENGLISH[sex] if first <= year < int(last))


def draw_origin(rng: Random) -> str:
    """One origin, by its share of the place."""
    names, totals = _origins()
    return rng.choices(names, cum_weights=totals)[0]


@cache
def _origins() -> tuple[tuple[str, ...], tuple[float, ...]]:
    return tuple(ORIGINS), tuple(accumulate(float(share) for share in ORIGINS.values()))


def draw_forename(rng: Random, origin: str, *, sex: str, year: int) -> str:
    """A forename usual for the sex, birth year and origin; a third of British-born children have an English one."""
    if origin not in ("english", "pakistani", "bangladeshi") and year >= 1993 and rng.random() < 0.33:
        origin = "english"
    names, totals = _weighted(_forenames(origin, sex, year=year))
    return rng.choices(names, cum_weights=totals)[0]


def draw_surname(rng: Random, origin: str, *, sex: str) -> str:
    """A surname usual for the origin; Begum or Kaur are given to women only, Singh or Miah to men."""
    names, totals = _weighted(_SURNAMES[origin])
    for _ in range(20):
        surname = rng.choices(names, cum_weights=totals)[0]
        if _GENDERED.get(surname, sex) == sex:
            return surname
    return names[0]


STAFF_SURNAMES = (
    "Abernethy Ackroyd Arkley Bagshaw Bamford Beaumont Bickerstaff Blenkinsop Brocklehurst Cattermole Chisholm "
    "Cloughton Crabtree Dewhirst Dunstable Earnshaw Fairclough Farnsworth Garside Gawthorpe Haldane Heseltine "
    "Hollingworth Illingworth Jagger Kettlewell Lumley Micklethwaite Murgatroyd Netherwood Openshaw Outhwaite "
    "Pemberton Postlethwaite Quayle Rawcliffe Sugden Tattersall Threlfall Umpleby Verity Wadsworth Whiteley "
    "Yarborough"
)
"""Surnames that nobody of the place has: an export must not look as if a worker were the person the record is about."""


def draw_staff_name(rng: Random) -> str:
    """Forename and surname of a member of staff."""
    origin, sex = draw_origin(rng), rng.choice("FFM")
    forename = draw_forename(rng, origin, sex=sex, year=rng.randint(1962, 1999))
    return f"{forename} {rng.choice(STAFF_SURNAMES.split())}"


_GENDERED = {"Begum": "F", "Khatun": "F", "Sultana": "F", "Kaur": "F", "Singh": "M", "Miah": "M", "Uddin": "M"}


def feminine(surname: str) -> str:
    """The form a woman of a Polish family has: `Kowalski` becomes `Kowalska`."""
    return surname[:-1] + "a" if surname.endswith(("ski", "cki", "dzki")) else surname
