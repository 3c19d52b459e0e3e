"""The page for what went wrong: what happened, that nothing was lost, what to do."""

from node.web.exchange.asked import Asked
from node.web.exchange.problem import Problem
from node.web.frame.layout import page
from node.web.frame.markup import Element, e


def error_page(problem: Problem, asked: Asked, node_name: str) -> Element:
    """Return the page for a problem."""
    say = asked.say
    title = say(problem.title)
    return page(
        asked,
        node_name,
        title,
        e("h1", title),
        e("p", say(problem.detail, **problem.values), class_="lead"),
        e("p", e("a", say("What this node holds"), href=asked.link("/"))),
    )
