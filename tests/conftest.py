"""What every test run has in common."""

from hypothesis import settings

# No deadline: how long one example takes depends on the machine and on who shares it, and a test must not.
settings.register_profile("minga", deadline=None, print_blob=True)
settings.load_profile("minga")
