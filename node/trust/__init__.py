"""Whom this node knows and listens to: its circle, its policy, its quotas, its block list."""
