"""How many things of a kind there are, in words."""

from gettext import ngettext

from node.cli.render import plain


def things_counted(kind: str, count: int) -> str:
    """Return how many things of a kind there are; of somebody's own kind, with its name as it stands."""
    number = f"{count:,}"
    match kind:
        case "actor":
            return ngettext("{count} actor", "{count} actors", count).format(count=number)
        case "alert":
            return ngettext("{count} alert", "{count} alerts", count).format(count=number)
        case "body":
            return ngettext("{count} council", "{count} councils", count).format(count=number)
        case "call":
            return ngettext("{count} call", "{count} calls", count).format(count=number)
        case "commons":
            return ngettext("{count} commons", "{count} commons", count).format(count=number)
        case "motion":
            return ngettext("{count} vote", "{count} votes", count).format(count=number)
        case "pact":
            return ngettext("{count} pact", "{count} pacts", count).format(count=number)
        case "place":
            return ngettext("{count} place", "{count} places", count).format(count=number)
        case "step":
            return ngettext("{count} step of a pact", "{count} steps of pacts", count).format(count=number)
    return f"{number} {plain(kind)}"
