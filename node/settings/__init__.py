"""The settings of a node: one table, read from a file, the environment and the command line."""

from node.settings.listening import ListenAddress
from node.settings.loading import load_settings
from node.settings.table import SETTINGS, Setting, Settings

__all__ = ["SETTINGS", "ListenAddress", "Setting", "Settings", "load_settings"]
