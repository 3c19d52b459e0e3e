"""Settings: one table feeds everything, the later source wins, every mistake gets one helpful sentence."""

import dataclasses
import tomllib
from pathlib import Path
from typing import get_type_hints

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from node.errors import ConfigError
from node.peers.addresses import PeerAddress
from node.settings import SETTINGS, ListenAddress, Setting, Settings, load_settings
from node.settings.documents import EXAMPLE_PATH, PAGE_PATH, example_text, page_text
from node.settings.kinds import LIST_LENGTH_MAX, TEXT_LENGTH_MAX_CHARACTERS
from node.settings.loading import CONFIG_SIZE_MAX_BYTES
from node.settings.options import chosen_settings, setting_options

TOP = Path(__file__).resolve().parents[2]


def load(home: Path, config: str | bytes | None = None, **where: object) -> Settings:
    """Load with `config` as the file; `environment` and `overrides` are empty unless given."""
    if config is not None:
        data = config if isinstance(config, bytes) else config.encode()
        (home / "config.toml").write_bytes(data)
    return load_settings(home, **{"environment": {}, "overrides": {}} | where)  # type: ignore[arg-type]


def fault(home: Path, config: str | bytes | None = None, **where: object) -> str:
    """The sentence that refuses these settings."""
    with pytest.raises(ConfigError) as caught:
        load(home, config, **where)
    sentence = str(caught.value)
    assert sentence.isprintable(), "an error is one line that any terminal shows"
    assert not sentence.endswith(".")
    assert len(sentence) < 600
    return sentence


# --- one table -------------------------------------------------------------------------


def test_the_example_and_the_page_are_what_the_table_says() -> None:
    """After a change of the table: python -m node.settings.documents."""
    assert (TOP / EXAMPLE_PATH).read_text(encoding="utf-8") == example_text()
    assert (TOP / PAGE_PATH).read_text(encoding="utf-8") == page_text()


def test_the_example_uncommented_gives_the_defaults(tmp_path: Path) -> None:
    lines = example_text().splitlines()
    names = {setting.name for setting in SETTINGS}
    live = [
        line.removeprefix("# ") if line.removeprefix("# ").split(" = ")[0] in names else line
        for line in lines
    ]
    assert len(tomllib.loads("\n".join(live))) == len({setting.section for setting in SETTINGS})
    assert load(tmp_path, "\n".join(live)) == Settings()
    assert load(tmp_path, example_text()) == Settings()


def test_every_field_is_a_row_and_holds_what_its_type_says() -> None:
    assert [setting.attribute for setting in SETTINGS] == [
        field.name for field in dataclasses.fields(Settings)
    ]
    for setting in SETTINGS:
        expected = get_type_hints(Settings)[setting.attribute]
        value = getattr(Settings(), setting.attribute)
        if expected in (str, int, bool):
            assert type(value) is expected, setting.key
        assert setting.row.en.endswith(".")
        assert setting.row.es.endswith(".")
        assert setting.row.en != setting.row.es


def test_names_options_and_variables_do_not_collide() -> None:
    for names in (
        [setting.key for setting in SETTINGS],
        [setting.variable for setting in SETTINGS],
        [part for setting in SETTINGS for part in setting.option.split("/")],
    ):
        assert len(set(names)) == len(names)


# --- the order of sources --------------------------------------------------------------


def test_the_command_line_beats_the_environment_beats_the_file(tmp_path: Path) -> None:
    config = "[peers]\ninbound_max = 1\noutbound_max = 2\n[sync]\ninterval_s = 10\n"
    settings = load(
        tmp_path,
        config,
        environment={"MINGA_PEERS_INBOUND_MAX": "11", "MINGA_SYNC_INTERVAL_S": "11"},
        overrides={"sync_interval_s": "12", "web_enabled": None},
    )
    assert (settings.peers_outbound_max, settings.peers_inbound_max, settings.sync_interval_s) == (2, 11, 12)
    assert settings.web_enabled is True


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()
    assert load(tmp_path, b"") == Settings()


def test_a_beaten_value_is_still_checked(tmp_path: Path) -> None:
    assert "inbound_max" in fault(tmp_path, "[peers]\ninbound_max = -1", overrides={"peers_inbound_max": "3"})


def test_values_of_every_kind_arrive_typed(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
        [node]
        name = "Comuna Santa Clara, páramo"
        [network]
        key_file = "federation.key"
        listen = ["[::1]:0", "127.0.0.1:7448", "*:7447"]
        [peers]
        addresses = ["192.168.1.20", "wss://node.example.org/sync"]
        [store]
        synchronous = "full"
        quota_bytes = "64 GB"
        """,
    )
    assert settings.network_key_file == tmp_path / "federation.key"
    assert settings.network_listen == (
        ListenAddress("::1", 0),
        ListenAddress("127.0.0.1", 7448),
        ListenAddress("*", 7447),
    )
    assert [address.bind_host for address in settings.network_listen] == ["::1", "127.0.0.1", None]
    assert settings.peers_addresses == (
        PeerAddress.parse("ws://192.168.1.20:7447/sync"),
        PeerAddress.parse("wss://node.example.org:443/sync"),
    )
    assert settings.store_synchronous == "FULL"
    assert settings.store_quota_bytes == 64 * 10**9


def test_an_absolute_key_file_stays_where_it_is(tmp_path: Path) -> None:
    assert load(tmp_path, '[network]\nkey_file = "/etc/minga/key"').network_key_file == Path("/etc/minga/key")


@pytest.mark.parametrize(("text", "value"), [("on", True), ("No", False), ("1", True), ("FALSE", False)])
def test_a_flag_in_the_environment_is_read_as_people_write_it(tmp_path: Path, text: str, value: bool) -> None:
    assert load(tmp_path, environment={"MINGA_LAN_DISCOVERY": text}).lan_discovery is value


def test_a_list_in_the_environment_has_commas(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={"MINGA_NETWORK_LISTEN": "127.0.0.1:1, [::1]:2,"})
    assert [str(address) for address in settings.network_listen] == ["127.0.0.1:1", "[::1]:2"]


# --- mistakes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("[peers]\ninbound_mx = 3", ("peers.inbound_mx", "did you mean peers.inbound_max?")),
        ("[pers]\ninbound_max = 3", ("pers", "did you mean peers?")),
        ("inbound_max = 3", ("inbound_max", "under [peers]")),
        ("peers = 3", ("write [peers] on a line of its own",)),
        ("xyzzy = 3", ("xyzzy", "config.example.toml")),
        ('[peers]\ninbound_max = "many"', ("peers.inbound_max", "a whole number from 0 to 10000", "many")),
        ("[peers]\ninbound_max = true", ("it is not a whole number",)),
        ("[peers]\ninbound_max = 3.0", ("it is not a whole number",)),
        ("[peers]\ninbound_max = 10001", ("it is outside that range",)),
        ("[peers]\naddresses = 'one'", ("it is not a list",)),
        ("[peers]\naddresses = [1]", ("it is not a list of texts",)),
        ("[peers]\naddresses = ['ftp://x']", ("peers.addresses", "ws:// or wss://")),
        ("[network]\nlisten = ['7447']", ("network.listen", "port from 0 to 65535")),
        ("[network]\nlisten = ['a:65536']", ("port from 0 to 65535",)),
        ("[network]\nlisten = ['::1:7447']", ("not host:port",)),
        ("[network]\nlisten = ['[::g]:7447']", ("IPv6",)),
        ("[network]\nname = 'Los Comunes'", ("network.name", "small letters")),
        ("[lan]\ndiscovery = 'yes'", ("lan.discovery", "true or false")),
        ("[store]\nquota_bytes = '1 MB'", ("outside that range",)),
        ("[store]\nquota_bytes = 'lots'", ("it is not a size",)),
        ("[store]\nsynchronous = 'OFF'", ('one of "NORMAL", "FULL"',)),
        ("[log]\nlevel = 1", ("one of",)),
        ("[node]\nlanguage = 'español'", ("language tag",)),
        ('[node]\nname = "a\\nb"', ("cannot be shown",)),
        ('[node]\nname = "\\u202eevil"', ("cannot be shown",)),
        ("[lan]\ninterfaces = ['eth 0']", ("not the name of a network interface",)),
        ("[peers\ninbound_max = 3", ("is not valid TOML", "line 1")),
        ("[peers]\ninbound_max = 1\ninbound_max = 2", ("is not valid TOML",)),
        (b"\xff\xfe[\0", ("UTF-8",)),
        (b"x = " + b"[" * 50_000, ("is not valid TOML",)),
        ("a" * (CONFIG_SIZE_MAX_BYTES + 1), ("larger than",)),
        ('[node]\nname = "' + "x" * 5_000 + '"', ("longer than",)),
        ('"\\u001b[31m" = 1', ("\\x1b[31m",)),
        ("[node]\n" + "k" * 5_000 + " = 1", ("there is no setting",)),
    ],
)
def test_a_mistake_in_the_file_is_named_with_what_to_write(
    tmp_path: Path, config: str | bytes, says: tuple[str, ...]
) -> None:
    sentence = fault(tmp_path, config)
    assert str(tmp_path / "config.toml") in sentence
    for part in says:
        assert part in sentence


def test_text_and_lists_are_taken_up_to_their_limit(tmp_path: Path) -> None:
    longest = "x" * TEXT_LENGTH_MAX_CHARACTERS
    assert load(tmp_path, f'[node]\nname = "{longest}"').node_name == longest
    fault(tmp_path, f'[node]\nname = "{longest}x"')
    addresses = [f"10.0.{number // 256}.{number % 256}" for number in range(1, LIST_LENGTH_MAX + 2)]
    assert len(load(tmp_path, f"[peers]\naddresses = {addresses[:-1]}").peers_addresses) == LIST_LENGTH_MAX
    assert "more than" in fault(tmp_path, f"[peers]\naddresses = {addresses}")


def test_a_file_as_large_as_the_limit_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, b"#" * CONFIG_SIZE_MAX_BYTES) == Settings()


@pytest.mark.parametrize(
    "setting",
    [setting for setting in SETTINGS if setting.row.kind.is_number],
    ids=lambda setting: setting.key,
)
def test_every_number_holds_its_limits(tmp_path: Path, setting: Setting) -> None:
    attribute = setting.attribute
    for value in ("-1", "1e3", "0x10", "9" * 19, "", "1 000", "²"):
        assert setting.option in fault(tmp_path, overrides={attribute: value})


def test_a_folder_or_an_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    assert "cannot be read" in fault(tmp_path)


def test_a_slip_in_a_variable_is_told_and_other_systems_variables_are_left_alone(tmp_path: Path) -> None:
    assert "did you mean MINGA_NETWORK_NAME?" in fault(tmp_path, environment={"MINGA_NETWROK_NAME": "x"})
    others = {
        "MINGA_PORT": "tcp://10.0.0.1:80",
        "MINGA_SERVICE_HOST": "10.0.0.1",
        "MINGA_HOME": "/x",
        "HOME": "/",
    }
    assert load(tmp_path, environment=others) == Settings()


def test_a_wrong_variable_or_option_is_named_as_it_was_written(tmp_path: Path) -> None:
    assert fault(tmp_path, environment={"MINGA_SYNC_INTERVAL_S": "soon"}).startswith(
        "The environment variable MINGA_SYNC_INTERVAL_S takes a whole number"
    )
    assert fault(tmp_path, overrides={"network_listen": ("nowhere",)}).startswith(
        "The option --listen takes a list"
    )
    assert "did you mean network_listen?" in fault(tmp_path, overrides={"network_lisen": "x"})


@given(st.binary(max_size=200))
def test_any_bytes_give_settings_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    home = tmp_path_factory.getbasetemp() / "any-bytes"
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_bytes(data)
    try:
        load_settings(home, {}, {})
    except ConfigError as caught:
        assert str(caught).isprintable()


TOML_VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.none()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(SETTINGS), TOML_VALUES)
def test_any_value_is_read_or_refused_with_a_reason(setting: Setting, value: object) -> None:
    kind = setting.row.kind
    try:
        first = kind.read(value)
    except ValueError as reason:
        assert str(reason)
    else:
        hash(first)  # settings are values


@given(st.text(max_size=30))
def test_listen_addresses_are_refused_or_written_back_the_same(text: str) -> None:
    try:
        address = ListenAddress.parse(text)
    except ValueError:
        return
    assert ListenAddress.parse(str(address)) == address


# --- the command line ------------------------------------------------------------------


@click.command()
@setting_options
@click.pass_context
def echo_settings(context: click.Context) -> None:
    """Print every setting that differs from its default."""
    settings = load_settings(Path("nowhere"), {}, chosen_settings(context))
    for field in dataclasses.fields(Settings):
        value = getattr(settings, field.name)
        if value != field.default:
            click.echo(f"{field.name} {[str(part) for part in value] if isinstance(value, tuple) else value}")


def test_options_of_a_command_become_settings() -> None:
    typed = ["--no-lan", "--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--store-quota-bytes", "9 GB"]
    shown = CliRunner().invoke(echo_settings, typed)
    assert shown.exit_code == 0
    assert shown.output.splitlines() == [
        "network_listen ['127.0.0.1:0', '[::1]:0']",
        "lan_discovery False",
        "store_quota_bytes 9000000000",
    ]


def test_help_names_every_option() -> None:
    shown = CliRunner().invoke(echo_settings, ["--help"], terminal_width=200).output
    for setting in SETTINGS:
        assert setting.option.split("/")[0] in shown
