"""How long a test waits for what comes within a second or two on an idle machine, or never comes."""

# A machine that many share may be ten times slower, and stand still for seconds.  No test measures how fast
# it is: waiting for longer costs nothing where the thing comes.
PATIENCE_S = 120.0
