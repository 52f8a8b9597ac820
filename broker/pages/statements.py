"""What stands on every place's public pages alike: rights, privacy, cookies, accessibility."""

from __future__ import annotations

from collections.abc import Mapping

from broker.policy.render.markup import Content, listed, section, tag

RIGHTS: Content = [
    tag(
        "p",
        "You can ask any service that holds something about you. You need not know which: ask the one you know best.",
        class_="lead",
    ),
    section(
        "What you can ask",
        listed(
            [
                "To see what is held about you for sharing, who has looked at it, when and why. You get an "
                "answer within one month.",
                "To have it put right when it is wrong. From that day on everybody who is shown it reads that "
                "you say so.",
                "That it is not used. While that is considered, others are shown only whom to ring, unless "
                "somebody is at risk.",
                "That it is kept and not used, for example while it is being checked.",
                "That it is erased. The law does not always allow that; you are told why.",
            ]
        ),
    ),
    section(
        "How to complain",
        tag(
            "p",
            "Write to the service. It must say within 30 days that it has your complaint. If you are "
            "not content, you can complain to the Information Commissioner (ico.org.uk), and you can go to "
            "court.",
        ),
    ),
    section(
        "If you are in danger",
        tag(
            "p",
            "If anybody looks for you who must not find you, tell any of these services: where you are "
            "is then shown to nobody. In an emergency ring 999.",
        ),
    ),
]

PRIVACY: Content = [
    tag("p", "This service holds no names, addresses, dates of birth or numbers of anybody.", class_="lead"),
    section(
        "What it holds",
        tag(
            "p",
            "What the services send for sharing is locked with keys, and opened only to answer a "
            "question that an agreement allows. Records of different services are not tied together while "
            "nobody asks.",
        ),
    ),
    section(
        "What is written down",
        tag(
            "p",
            "Every look-up, and everything that was shown or not shown, is written to a record that "
            "nobody can change, including those who run this service. The person it is about can ask to see "
            "it.",
        ),
    ),
    section(
        "What it is never used for",
        tag(
            "p",
            "It scores nobody and predicts nothing about anybody. It is not for finding people, for "
            "immigration, or for money that somebody may owe.",
        ),
    ),
    section(
        "Visitors of these pages",
        tag(
            "p",
            "Nothing is stored about you when you read these pages, beyond what every web server needs "
            "for a moment to answer.",
        ),
    ),
]

COOKIES: Content = [tag("p", "These pages set no cookies and run no programs in your browser.", class_="lead")]

ACCESSIBILITY: Content = [
    tag("p", "We want everybody to be able to use these pages.", class_="lead"),
    section(
        "What you can do",
        listed(
            [
                "make the text up to four times as large without anything getting lost",
                "use them with a keyboard alone, with a screen reader, or with speech",
                "read them without scripts, on a telephone, and on paper",
            ]
        ),
    ),
    section(
        "How far that is so",
        tag(
            "p",
            "These pages are built to the Web Content Accessibility Guidelines 2.2, level AA, and each "
            "is checked against them with axe and read by a person before it is released. We know of nothing "
            "that does not meet them.",
        ),
    ),
    section(
        "If something does not work for you",
        tag(
            "p",
            "Tell any of the services in the register. You can also turn to the Equality Advisory and Support Service.",
        ),
    ),
]

ALIKE: Mapping[str, tuple[str, Content]] = {
    "/privacy": ("Privacy", PRIVACY),
    "/cookies": ("Cookies", COOKIES),
    "/accessibility": ("Accessibility", ACCESSIBILITY),
}
"""Pages that say the same everywhere, by their address: title and content."""
