"""Pages of commons: what is said of a place, other claims to it, alerts, the pacts about it."""
