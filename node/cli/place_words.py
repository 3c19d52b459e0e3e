"""The levels of territories and the resources of commons, in words."""

from gettext import gettext as _


def level_words(level: str) -> str:
    """Return what a level of territory is called; another register's word as it stands."""
    words = {
        "community": _("community"),
        "neighbourhood": _("neighbourhood"),
        "parish": _("parish"),
        "municipality": _("municipality"),
        "district": _("district"),
        "canton": _("canton"),
        "province": _("province"),
        "region": _("region"),
        "nation": _("nation"),
    }
    return words.get(level, level.replace("_", " "))


def resource_words(resource: str) -> str:
    """Return what a resource is called; somebody's own word as it stands."""
    words = {
        "water": _("water"),
        "irrigation": _("irrigation"),
        "forest": _("forest"),
        "fishery": _("fishery"),
        "pasture": _("pasture"),
        "paramo": _("páramo"),
        "wetland": _("wetland"),
        "mangrove": _("mangrove"),
        "wild_harvest": _("wild harvest"),
        "seeds": _("seeds"),
        "coast": _("coast"),
        "territory": _("indigenous territory"),
        "urban": _("urban commons"),
        "other": _("resource not named"),
    }
    return words.get(resource, resource.replace("_", " "))
