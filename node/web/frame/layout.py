"""What every page has around its content: the way back, the languages, the node's name, the icons it uses."""

from collections.abc import Iterable, Mapping

from node.web.exchange.asked import Asked
from node.web.frame.markup import Element, Node, e
from node.web.frame.static_files import symbols, versioned
from node.web.words.catalogue import catalogues
from node.web.words.languages import language_name

# The colours of the paper in style.css, for the frame that a phone draws around the page.
_PAPER_LIGHT, _PAPER_DARK = "#faf7f0", "#171a17"


def page(
    asked: Asked,
    node_name: str,
    title: str,
    *content: Node,
    icons: Iterable[str] = (),
    styles: Iterable[str] = (),
    scripts: Iterable[str] = (),
    head: Node = None,
    kind: str | None = None,
    private: bool = False,
) -> Element:
    """Return a whole page.

    `icons` are the names of those that its content uses, `styles` those of the stylesheets that it needs
    beside the one for all pages, `scripts` those of the scripts that help with it (of modules the addresses);
    `head` is what else programs should know of it, `kind` is its class.  A `private` one is for no search
    engine, and there is no data behind it.
    """
    say = asked.say
    whole_title = title if title == node_name else f"{title} · {node_name}"
    return e(
        "html",
        e(
            "head",
            e("meta", charset="utf-8"),
            e("title", whole_title),
            e("meta", name="viewport", content="width=device-width, initial-scale=1"),
            e("meta", name="color-scheme", content="light dark"),
            e("meta", name="theme-color", content=_PAPER_LIGHT, media="(prefers-color-scheme: light)"),
            e("meta", name="theme-color", content=_PAPER_DARK, media="(prefers-color-scheme: dark)"),
            e("link", rel="icon", href="/static/icon.svg", type="image/svg+xml"),
            e("link", rel="stylesheet", href=versioned("style.css")),
            [e("link", rel="stylesheet", href=_address(name)) for name in styles],
            e("link", rel="stylesheet", href=versioned("print.css"), media="print"),
            [_script(name) for name in scripts],
            e(
                "link",
                rel="alternate",
                type="application/atom+xml",
                title=say("What is new"),
                href=asked.link("/feed.atom"),
            ),
            e("meta", name="robots", content="noindex, nofollow") if private else None,
            head,
        ),
        e(
            "body",
            e("a", say("Skip to the content"), href="#content", class_="skip"),
            _sprite(icons),
            e(
                "header",
                _home(asked, node_name, front=title == node_name),
                e(
                    "div",
                    e("nav", [_language(asked, tag) for tag in catalogues()], aria_label=say("Language")),
                    _way_in(asked),
                    class_="doors",
                ),
            ),
            e("main", *content, id="content"),
            e(
                "footer",
                e(
                    "p",
                    say(
                        "Minga: independent nodes hold, pass on and check signed records of commons and "
                        "of pacts."
                    ),
                    " ",
                    say(
                        "No node owns the map, and that something is missing here says nothing about "
                        "whether it exists."
                    ),
                ),
                e(
                    "p",
                    None
                    if private
                    else e("a", say("This page as data"), href=asked.same(format="json"), rel="nofollow"),
                    e("a", say("Check a paper"), href=asked.link("/check")),
                    e("a", say("Open data"), href=asked.link("/open-data")),
                    e("a", say("Schemas of records"), href=asked.link("/schemas/")),
                    e("a", say("Transparency"), href=asked.link("/transparency")),
                    e("a", say("About this node"), href=asked.link("/node")),
                    class_="links",
                ),
            ),
            class_=kind,
        ),
        lang=say.language,
    )


def _address(style: str) -> str:
    return style if style.startswith("/") else versioned(f"{style}.css")


def _script(script: str) -> Element:
    if script.startswith("/"):
        return e("script", type="module", src=script)
    return e("script", src=versioned(f"{script}.js"), defer=True)


def icon(name: str) -> Element:
    """Return an icon of the page's own sprite, for the eye alone: words beside it say the same."""
    known = icon_name(name)
    return e(
        "svg",
        e("use", href=f"#i-{known}"),
        class_=f"icon i-{known.replace('_', '-')}",
        aria_hidden="true",
        width=20,
        height=20,
    )


def icon_name(name: str) -> str:
    """Return the name of an icon that there is: `other` where there is none of that name."""
    return name if name in symbols() else "other"


def scrolled(content: Node, label: str) -> Element:
    """Return what may be wider than a phone in a frame of its own, which keys can push as fingers do."""
    return e("div", content, class_="wide", tabindex=0, role="group", aria_label=label)


def facts(rows: Mapping[str, Node] | Iterable[tuple[str, Node]]) -> Node:
    """Return names and values as a list; what is empty is left out."""
    pairs = rows.items() if isinstance(rows, Mapping) else rows
    kept = [e("div", e("dt", name), e("dd", value)) for name, value in pairs if value]
    return e("dl", kept) if kept else None


def _home(asked: Asked, node_name: str, front: bool) -> Element:
    """Return the way back to the list; on the front page its name stands below as the heading."""
    if front:
        return e("span", asked.say("A node of Minga"), class_="home")
    return e("a", node_name, href=asked.link("/"), class_="home", dir="auto", rel="home")


def _way_in(asked: Asked) -> Node:
    """Return the way to where one writes: the same for every reader, so that pages are too."""
    if asked.person:
        return e("a", e("bdi", asked.person), href=asked.link("/account"), class_="person")
    return (
        e("a", asked.say("Sign in"), href=asked.link("/account"), rel="nofollow") if asked.writing else None
    )


def _language(asked: Asked, tag: str) -> Element:
    name = language_name(tag)
    if tag == asked.say.language:
        return e("span", name, lang=tag, aria_current="true")
    return e("a", name, href=asked.same(lang=tag), lang=tag, hreflang=tag, rel="alternate nofollow")


def _sprite(names: Iterable[str]) -> Node:
    known = sorted({icon_name(name) for name in names})
    if not known:
        return None
    drawn = [
        e("symbol", e("path", **path), id=f"i-{name}", viewBox=box)
        for name in known
        for box, path in [symbols()[name]]
    ]
    return e("svg", drawn, class_="sprite", aria_hidden="true", width=0, height=0)
