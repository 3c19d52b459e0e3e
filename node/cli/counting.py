"""How many things or records of a kind there are, in words."""

from gettext import ngettext

from node.cli.render import in_figures, plain


def things_counted(kind: str, count: int) -> str:
    """Return how many things of a kind there are; of somebody's own kind, with its name as it stands."""
    number = in_figures(count)
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


def records_counted(kind: str, count: int) -> str:
    """Return how many records of a kind there are; of somebody's own kind, with its name as it stands."""
    number = in_figures(count)
    match kind:
        case "assessment":
            return ngettext("{count} assessment", "{count} assessments", count).format(count=number)
        case "ballot":
            return ngettext("{count} ballot", "{count} ballots", count).format(count=number)
        case "challenge":
            return ngettext("{count} challenge", "{count} challenges", count).format(count=number)
        case "consent":
            return ngettext("{count} answer of a party", "{count} answers of parties", count).format(
                count=number
            )
        case "cosign":
            return ngettext("{count} further signature", "{count} further signatures", count).format(
                count=number
            )
        case "dispute":
            return ngettext("{count} dispute", "{count} disputes", count).format(count=number)
        case "endorsement":
            return ngettext("{count} endorsement", "{count} endorsements", count).format(count=number)
        case "erasure":
            return ngettext("{count} erasure", "{count} erasures", count).format(count=number)
        case "link":
            return ngettext("{count} link", "{count} links", count).format(count=number)
        case "minutes":
            return ngettext("{count} record of minutes", "{count} records of minutes", count).format(
                count=number
            )
        case "observation":
            return ngettext("{count} observation", "{count} observations", count).format(count=number)
        case "reply":
            return ngettext("{count} reply", "{count} replies", count).format(count=number)
        case "report":
            return ngettext("{count} report", "{count} reports", count).format(count=number)
        case "seal":
            return ngettext("{count} seal", "{count} seals", count).format(count=number)
        case "support":
            return ngettext("{count} support granted", "{count} supports granted", count).format(count=number)
    return things_counted(kind, count)
