"""What kinds of actors are called."""

from gettext import gettext as _


def actor_words(kind: str) -> str:
    """Return what a kind of actor is called; somebody's own word as it stands."""
    words = {
        "indigenous_people": _("indigenous people"),
        "community": _("community"),
        "comuna": _("comuna"),
        "municipality": _("municipality"),
        "ministry": _("ministry"),
        "agency": _("public agency"),
        "community_service_coop": _("community-service co-operative"),
        "multi_stakeholder_coop": _("multi-stakeholder co-operative"),
        "cooperative": _("co-operative"),
        "association": _("association"),
        "water_board": _("water board"),
        "school": _("school"),
        "university": _("university"),
        "council": _("council"),
        "person": _("person"),
        "other": _("another kind of actor"),
    }
    return words.get(kind, kind.replace("_", " "))
