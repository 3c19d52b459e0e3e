"""Syncing: peers' messages through the session machine, their records verified and into the store."""
