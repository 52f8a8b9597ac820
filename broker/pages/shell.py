"""What is around every public page: whose place this is, the way to the others, and the one stylesheet."""

from __future__ import annotations

from fastapi import Response

from broker.policy.render.markup import Content, Markup, tag

_LINKS = (
    ("/register", "Who shares what, and why"),
    ("/counts", "How often it is used"),
    ("/your-rights", "Your rights and complaints"),
    ("/privacy", "Privacy"),
    ("/cookies", "Cookies"),
    ("/accessibility", "Accessibility"),
)
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STYLE = """
*{box-sizing:border-box}
body{font:1.1875rem/1.5 Arial,Helvetica,sans-serif;color:#0b0c0c;background:#fff;margin:0}
main,header div,footer div{max-width:60rem;margin:0 auto;padding:1rem}
header{background:#1d3557;color:#fff}header strong{font-size:1.4rem;display:block}
nav ul{list-style:none;margin:.5rem 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
header a{color:#fff;display:inline-block;padding:.2rem 0}header a[aria-current]{font-weight:bold;text-decoration:none}
footer{background:#f3f2f1;border-top:1px solid #b1b4b6;margin-top:2rem;font-size:1rem}
h1{font-size:2rem;line-height:1.2}h2{font-size:1.5rem;line-height:1.25;margin-top:2rem}h3{font-size:1.1875rem}
a{color:#1d70b8}a:focus{outline:3px solid #ffdd00;color:#0b0c0c;background:#ffdd00}
.skip{position:absolute;left:-999rem}.skip:focus{position:static}
.lead{font-size:1.4rem}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-weight:bold;padding:.3rem 0}
th,td{border-bottom:1px solid #b1b4b6;padding:.5rem .75rem .5rem 0;text-align:left;vertical-align:top}
dl>div{border-bottom:1px solid #b1b4b6;padding:.5rem 0}dt{font-weight:bold}dd{margin:0}
@media(min-width:40rem){dl>div{display:flex;gap:1rem}dt{flex:0 0 14rem}dd{flex:1}}
li{margin:.4rem 0}dd ul{margin:0;padding-left:1.2rem}p,li,dd{overflow-wrap:break-word}
@media print{header nav,footer{display:none}main{max-width:none}}
""".lstrip()


def public_page(place: str, at: str, title: str, *content: Content) -> Response:
    """A page; `at` is its address, which the way to the others marks."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} - information sharing in {place}"),
        tag("link", rel="stylesheet", href="/pages.css"),
    )
    top = tag("header", tag("div", tag("strong", f"Information sharing in {place}"), tag("nav", _ways(at))))
    skip = tag("a", "Skip to main content", href="#main", class_="skip")
    foot = tag("footer", tag("div", tag("p", _FOOT)))
    body = tag("body", skip, top, tag("main", tag("h1", title), content, id="main"), foot)
    text = f"<!DOCTYPE html>\n{tag('html', head, body, lang='en-GB').text}\n"
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "public, max-age=300"}
    return Response(text, media_type="text/html; charset=utf-8", headers=headers)


_FOOT = (
    "This service brings together what public services already know of a family, so that the family need not tell "
    "it again and again. It holds no names and no addresses."
)


def _ways(at: str) -> Markup:
    here = next((href for href, _ in _LINKS if at == href or at.startswith(f"{href}/")), "")
    return tag("ul", [tag("li", _way(href, text, is_here=href == here)) for href, text in _LINKS])


def _way(href: str, text: str, *, is_here: bool) -> Markup:
    return tag("a", text, href=href, aria_current="page") if is_here else tag("a", text, href=href)
