"""Settings from `config.toml`, then the environment, then the command line; the later wins.

Whatever is unknown or wrong ends in a `ConfigError` whose one sentence names the place, the setting and what
to write.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from node.errors import ConfigError
from node.log import shown
from node.settings.table import ENVIRONMENT_PREFIX, SETTINGS, Setting, Settings

CONFIG_NAME = "config.toml"

# The example, with every setting and its explanation, has 6 KB; what is larger is another file.
CONFIG_SIZE_MAX_BYTES = 262_144

# `MINGA_…` variables that are not settings: where the home is, how a key is opened, where the tests find
# inputs.
OTHER_VARIABLES = frozenset({"MINGA_HOME", "MINGA_PASSPHRASE", "MINGA_PASSPHRASE_FILE", "MINGA_SHARED"})

# How much of a wrong value an error repeats.
SHOWN_LENGTH_MAX_CHARACTERS = 60

# How like a setting's name an unknown variable must be to count as a slip of the pen (1 is equal): systems
# that start
# programs set variables of their own, such as MINGA_PORT or MINGA_SERVICE_HOST, which must not keep a node
# from starting.
VARIABLE_LIKENESS_MIN = 0.8

_BY_KEY = {setting.key: setting for setting in SETTINGS}
_BY_VARIABLE = {setting.variable: setting for setting in SETTINGS}
_BY_ATTRIBUTE = {setting.attribute: setting for setting in SETTINGS}
_SECTIONS = tuple(dict.fromkeys(setting.section for setting in SETTINGS))


@dataclass(frozen=True, slots=True)
class _Given:
    """A value for a setting, and where it was found."""

    setting: Setting
    value: object
    place: str  # begins the sentence of an error


def load_settings(
    home: Path, environment: Mapping[str, str] | None = None, overrides: Mapping[str, object] | None = None
) -> Settings:
    """Return the settings of the node in `home`.

    `overrides` comes from the command line: attribute of `Settings` to text, flag, or sequence of texts; what
    is `None` was not given.
    Raises `ConfigError`.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for given in (
        *_from_file(home / CONFIG_NAME),
        *_from_environment(environment),
        *_from_command_line(overrides or {}),
    ):
        values[given.setting.attribute] = _read(given)
    settings = Settings(**values)  # type: ignore[arg-type]  # each value was read by its own row's kind
    key_file = settings.network_key_file
    if key_file is None or key_file.is_absolute():
        return settings
    return Settings(**(values | {"network_key_file": home / key_file}))  # type: ignore[arg-type]


def _read(given: _Given) -> object:
    """Judge one value by its setting's kind.  Raises `ConfigError`."""
    kind = given.setting.row.kind
    try:
        value: object = kind.read(given.value)
    except ValueError as fault:
        value_shown = _short(repr(given.value))
        raise ConfigError(f"{given.place} takes {kind.expects}, but is {value_shown}: {fault}") from None
    return value


def _from_file(path: Path) -> Iterator[_Given]:
    for section, content in _tables(path).items():
        if section not in _SECTIONS:
            raise ConfigError(f"{path}: {_unknown_section(section, content)}")
        if not isinstance(content, dict):
            raise ConfigError(f"{path}: {section} is a section, so write [{section}] on a line of its own")
        for name, value in content.items():
            key = f"{section}.{name}"
            if key not in _BY_KEY:
                raise ConfigError(f"{path}: there is no setting {_short(key)}{_nearest(key, _BY_KEY)}")
            yield _Given(_BY_KEY[key], value, f"{path}: {key}")


def _tables(path: Path) -> dict[str, object]:
    """Return the content of a TOML file; nothing where there is no file.  Raises `ConfigError`."""
    try:
        with path.open("rb") as file:
            data = file.read(CONFIG_SIZE_MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as fault:
        raise ConfigError(f"{path} cannot be read ({fault.strerror}); make it a file you may read") from None
    if len(data) > CONFIG_SIZE_MAX_BYTES:
        raise ConfigError(f"{path} is larger than {CONFIG_SIZE_MAX_BYTES} bytes; it is not a settings file")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as fault:
        reason = shown(fault, 200) or "nested too deeply"
        raise ConfigError(f"{path} is not valid TOML: {reason[:200]}; correct it there") from None


def _from_environment(environment: Mapping[str, str]) -> Iterator[_Given]:
    for variable, text in sorted(environment.items()):
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in OTHER_VARIABLES:
            continue
        setting = _BY_VARIABLE.get(variable)
        if setting is not None:
            yield _Given(setting, setting.row.kind.from_text(text), f"The environment variable {variable}")
        elif near := difflib.get_close_matches(variable, _BY_VARIABLE, n=1, cutoff=VARIABLE_LIKENESS_MIN):
            raise ConfigError(
                f"The environment variable {_short(variable)} is not a setting; "
                f"did you mean {near[0]}? Otherwise unset it"
            )


def _from_command_line(overrides: Mapping[str, object]) -> Iterator[_Given]:
    for attribute, value in overrides.items():
        if value is None:
            continue
        setting = _BY_ATTRIBUTE.get(attribute)
        if setting is None:
            raise ConfigError(f"There is no setting {_short(attribute)}{_nearest(attribute, _BY_ATTRIBUTE)}")
        if isinstance(value, str):
            value = setting.row.kind.from_text(value)
        elif isinstance(value, tuple):
            value = list(value)
        yield _Given(setting, value, f"The option {setting.option}")


def _unknown_section(section: str, content: object) -> str:
    """Say what a name at the top of the file should have been."""
    if isinstance(content, dict):
        return f"there is no section {_short(section)}{_nearest(section, _SECTIONS)}"
    for setting in SETTINGS:
        if section in (setting.name, setting.attribute):
            return f"write {setting.name} under [{setting.section}], not as {_short(section)} at the top"
    return f"there is no setting {_short(section)}{_nearest(section, [*_BY_KEY, *_BY_ATTRIBUTE])}"


def _nearest(name: str, names: object) -> str:
    known = list(names) if isinstance(names, Mapping | list | tuple) else []
    near = difflib.get_close_matches(name[:SHOWN_LENGTH_MAX_CHARACTERS], known, n=1, cutoff=0.6)
    return (
        f"; did you mean {near[0]}?"
        if near
        else f"; the settings are listed in {CONFIG_NAME.replace('.', '.example.')}"
    )


def _short(text: str) -> str:
    return shown(text, SHOWN_LENGTH_MAX_CHARACTERS)
