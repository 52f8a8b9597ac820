"""Other ways in which the same name is written: short forms, spellings carried over from other scripts, spoken forms.

Made for this project. The agency's normaliser has a table of its own; the two are kept apart on purpose, so that the
demonstration does not test the normaliser with its own list.
"""

from __future__ import annotations

from functools import cache
from random import Random

_SHORT = """
Abigail Abbie; Alexander Alex Xander; Alexandra Alex Sasha; Aleksandra Ola; Amanda Mandy; Amelia Millie; Andrew Andy
Drew; Anthony Tony; Arthur Artie; Barbara Barb Babs; Barry Baz; Benjamin Ben Benny; Bethany Beth; Brenda Bren; Brian
Bri; Catherine Cathy Kate; Charlotte Charlie Lottie; Christine Chris Chrissie; Christopher Chris; Danielle Dani;
Daniel Dan Danny; Darren Daz; David Dave; Deborah Debbie Deb; Dennis Den; Donald Don; Dorothy Dot; Edna Eddie;
Eleanor Ellie Nell; Elizabeth Liz Beth Lizzie; Emily Em; Florence Flo; Frederick Fred; Freddie Fred; Gareth Gaz;
Gary Gaz; Geoffrey Geoff; Georgia Georgie; Gillian Gill; Henry Harry; Imogen Immy; Isabella Bella Izzy; Jacob Jake;
Jacqueline Jackie; James Jim Jamie; Jennifer Jen Jenny; Jessica Jess; Joanne Jo; Jonathan Jon; Joshua Josh;
Katarzyna Kasia; Katherine Kath Katie; Kathleen Kath; Kenneth Ken; Kevin Kev; Krzysztof Krzys; Leanne Lee; Leslie
Les; Lesley Les; Małgorzata Gosia; Magdalena Magda; Margaret Maggie Peggy; Marjorie Marge; Matilda Tilly; Matthew
Matt; Maureen Mo; Megan Meg; Michael Mike Mick; Michelle Shell; Mohammed Mo; Muhammad Mo; Mohamed Mo; Natalie Nat;
Nathan Nate; Nicola Nicky; Nicholas Nick; Nigel Nige; Oliver Ollie; Olivia Liv; Pamela Pam; Patricia Pat Trish;
Patrick Paddy Pat; Peter Pete; Philip Phil; Phoebe Fee; Rebecca Becky Becca; Richard Rick Dick; Robert Rob Bob;
Ronald Ron; Samantha Sam; Samuel Sam; Sandra Sandy; Sharon Shaz; Stephanie Steph; Stephen Steve; Steven Steve;
Stuart Stu; Susan Sue; Terence Tel; Theo Theodore; Thomas Tom Tommy; Tomasz Tomek; Tracey Trace; Trevor Trev;
Valerie Val; Victoria Vicky Tori; William Bill Will; Zachary Zak; Zuzanna Zuza; Oluwaseun Seun; Babatunde Tunde;
Ikechukwu Ike; Gurpreet Gary; Harpreet Harry; Alasdair Ally; Padraig Paddy
"""
_CARRIED_OVER = (
    "Mohammed Muhammad Mohammad Mohamed Muhammed", "Fatima Fatimah Fatema Faatima", "Aisha Ayesha Aysha Aaisha",
    "Zainab Zaynab Zeinab", "Yusuf Youssef Yousuf Yusef", "Ahmed Ahmad Ahmet", "Hussain Hussein Husain Hossain",
    "Maryam Mariam Miriam", "Layla Leila Laila", "Omar Umar Omer", "Khalid Khaled", "Mustafa Mostafa",
    "Nasrin Nasreen", "Shirin Shireen", "Rahima Raheema", "Chowdhury Chaudhry Choudhury Chaudhary", "Begum Begom",
    "Khatun Khatoon", "Miah Mia Miya", "Iqbal Iqball Eqbal", "Malik Malek", "Akhtar Akter Akther", "Sharma Sarma",
    "Singh Sing Sinh", "Kaur Cour", "Lakshmi Laxmi", "Zhang Chang", "Wang Wong", "Chen Chan Tan", "Xu Hsu Hsü",
    "Zhao Chao", "Li Lee", "Xiaoling Hsiaoling", "Jing Ching", "Al-Sayed Elsayed Al-Sayyid", "Al-Hamdani Alhamdani",
    "El-Masri Almasri", "Abdi Abdy", "Ștefan Stefan Stephan", "Ionuț Ionut", "Łukasz Lukasz Lucas",
    "Paweł Pawel Paul", "Michał Michal Michael", "Małgorzata Malgorzata", "Wiśniewski Wisniewski",
    "Wiśniewska Wisniewska", "Wójcik Wojcik", "Kamiński Kaminski", "Kamińska Kaminska", "Zieliński Zielinski",
    "Zielińska Zielinska", "Szymański Szymanski", "Szymańska Szymanska", "Woźniak Wozniak", "Dąbrowski Dabrowski",
    "Dąbrowska Dabrowska", "Król Krol", "Chinedu Chinedum", "Ngozi Ngosi", "Oluwaseun Oluwasheun", "Adeyemi Adeyemy",
)  # fmt: skip
_SPOKEN = (
    "Siobhan Shivaun", "Aoife Eefa", "Niamh Neve", "Caoimhe Keeva", "Rhys Reece", "Sian Shan",
    "Catherine Katherine Kathryn", "Stephen Steven", "Sean Shaun", "Callum Calum", "Connor Conor", "Lesley Leslie",
    "Tracey Tracy", "Jayden Jaydon Jaiden", "Sophie Sofie", "Isabella Isabela", "Clark Clarke", "Reid Read Reed",
    "Davies Davis", "Philips Phillips", "McDonald MacDonald", "McKenzie Mackenzie", "O'Connor Connor",
    "O'Neill O'Neil", "O'Brien OBrien", "Thompson Thomson", "Byrne Burn", "Mhairi Vari", "Eilidh Ailey",
    "Sinead Shinade", "Roisin Rosheen", "Leah Lea", "Zoe Zoë", "Harris Harries", "Morris Maurice",
)  # fmt: skip


@cache
def short_forms() -> dict[str, tuple[str, ...]]:
    """Forename to the short forms that people go by."""
    entries = (entry.split() for entry in _SHORT.replace("\n", " ").split(";"))
    return {names[0]: tuple(names[1:]) for names in entries if len(names) > 1}


@cache
def variants() -> dict[str, tuple[str, ...]]:
    """Name to its other spellings, whether carried over from another script or written down by ear."""
    found: dict[str, tuple[str, ...]] = {}
    for group in (line.split() for line in (*_CARRIED_OVER, *_SPOKEN)):
        for name in group:
            others = tuple(other for other in group if other != name)
            found[name] = (*found.get(name, ()), *others)
    return found


def mistyped(rng: Random, text: str) -> str:
    """`text` (three letters or more) with two letters swapped, one left out or one doubled, never the first."""
    place = rng.randrange(1, len(text) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if kind == 1:
        return text[:place] + text[place + 1 :]
    return text[:place] + text[place] + text[place:]
