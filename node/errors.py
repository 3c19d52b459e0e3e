"""What an operator did or left undone that keeps a node from its work.

Each message is one plain sentence, without a final full stop, that says what to do.  The command line prints
it and exits with code 2; a fault of ours is not caught anywhere and crashes loudly.
"""


class ConfigError(Exception):
    """A setting, file or key that only the operator can put right."""


class HomeMissing(ConfigError):
    """The home directory is not there, or `minga init` has not been run in it."""


class HomeInUse(ConfigError):
    """Another process works in this home directory."""


class UnsafePermissions(ConfigError):
    """A secret file that others than its owner can read or replace."""


class UnknownKey(ConfigError):
    """No key, or more than one, goes by the name that was given."""


class DamagedKey(ConfigError):
    """A key file whose content is not what a key file holds."""


class WrongPassphrase(ConfigError):
    """The passphrase does not open the key, or none was given for a key that needs one."""
