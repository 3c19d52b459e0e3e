"""A home in which there is something of everything, made once."""

from pathlib import Path

import pytest

from tests.node.cli.terminal import Terminal

LONG = "Una asociación de regantes con un nombre muy largo, como los que dan los archivos de las provincias"


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A home with keys, actors, commons, pacts and places in it."""
    home = Terminal(tmp_path_factory.mktemp("village") / "home")
    home.settled_down("Ana, la secretaria del consejo, en su computadora portátil de la oficina")
    home.does(
        "actor",
        "new",
        "--name",
        "Santa Clara@es",
        "--type",
        "comuna",
        "--recovery-keys",
        "2",
        "--recovery-threshold",
        "1",
    )
    home.does("actor", "new", "--name", f"{LONG}@es", "--type", "association")
    common = ("--as", "Santa Clara", "--point", "-78.5,-0.2")
    home.does(
        "commons", "add", "--name", "Páramo@es", "--resource", "paramo", "--rules", f"{LONG}. " * 8, *common
    )
    home.does("commons", "add", "--name", "水源地の森林共有地" * 6, "--resource", "forest", *common)
    home.does("commons", "add", "--name", f"{LONG}@es", "--resource", "water", "--source", LONG, *common)
    kept = ("--point", "-78.51,-0.21", "--grid", "0.01", "--seal-for", LONG, "--as", "Santa Clara")
    home.does("commons", "add", "--name", f"Ojo {LONG}@es", "--resource", "water", *kept)
    home.does("account", "add", LONG[:60], "--role", "operator", "--actor", LONG, "--actor", "Santa Clara")
    parties = ("--party", "community=Santa Clara", "--party", f"administration={LONG}")
    about = ("--commons", "Páramo", "--clause", f"objectives={LONG}", "--as", "Santa Clara")
    home.does("pact", "propose", "--title", f"{LONG}@es", *parties, *about)
    home.does(
        *(
            "pact",
            "step",
            LONG,
            "suspended",
            "--reasons",
            f"{LONG}. " * 3,
            "--paper",
            LONG,
            "--held-by",
            LONG,
        ),
        *("--until", "2000-01-01", "--on", "2000-01-01", "--as", "Santa Clara"),
    )
    home.does("pact", "observe", LONG, "--text", f"{LONG}. " * 3, "--stance", "asks", "--as", LONG)
    home.does("call", "add", "--title", f"{LONG}@es", "--text", LONG, "--commons", "Páramo", "--as", LONG)
    home.does(
        *("alert", "add", "--title", f"{LONG}@es", "--text", f"{LONG}. " * 3, "--commons", "Páramo"),
        *("--evidence", f"{LONG}=https://example.org/{'foto' * 9}", "--commons", LONG * 2, "--as", LONG),
    )
    home.does("challenge", "Páramo", "--text", f"{LONG}. " * 3, "--until", "2999-12-31", "--as", LONG)
    home.does(
        "link",
        "Páramo",
        "水源地の森林共有地" * 6,
        "--relation",
        "la_misma_sierra",
        "--text",
        LONG,
        "--as",
        LONG,
    )
    home.does(
        *("assess", "Páramo", "--monitoring", f"partial={LONG}", "--nested", "unknown", "--text", LONG),
        *("--as", LONG),
    )
    home.does("assess", "Páramo", "--boundaries", "present", "--as", "Santa Clara")
    voting = ("--voter", "Santa Clara", "--voter", LONG, "--quorum", "2", "--text", f"{LONG}. " * 3)
    home.does(
        *("vote", "open", "--title", f"¿{LONG}?@es", "--proposals-for", "Páramo", "--option", f"{LONG}@es"),
        *("--option", "Ninguna", "--opens", "2026-01-01", "--closes", "2999-12-31", "--as", LONG),
        *voting,
    )
    for option in ("1", "Ninguna"):
        home.does("vote", "cast", f"¿{LONG}?", option, "--as", LONG, "--yes")
    home.does("vote", "cast", f"¿{LONG}?", "1", "--as", "Santa Clara")
    home.does(
        "vote", "minutes", f"¿{LONG}?", "--decided", "2", "--votes", "2=40", "--paper", LONG, "--as", LONG
    )
    home.does(
        *("body", "add", "--name", f"{LONG}@es", "--signs-as", "Santa Clara", "--as", LONG),
        *(
            "--rule",
            "parity",
            "--rule",
            "alternating_chair",
            "--rule",
            "la_palabra_de_los_mayores_va_primero",
        ),
        *("--rule", "few_non_members", "--rule", "owners_two_thirds"),
        *("--seat", f"civil={LONG}; role=chair; category=user; until=2026-01-01"),
        *("--seat", f"civil={LONG}; role=chair; category=user; act={LONG}; mandate_end=2020-01-01"),
        *(
            "--seat",
            "state=水源地の森林共有地水源地の森林共有地",
            "--seat",
            "state",
            "--seat",
            "civil=x; since=2999-01-01",
        ),
    )
    table = Path(home.home.parent / "places.csv")
    table.write_text(f"code,name\n1,{LONG}\n2,Loma\n", encoding="utf-8")
    mapping = home.home.parent / "places.toml"
    mapping.write_text(
        """
        name = "places"
        title = "Places"
        [source]
        name = "Registro"
        licence = "CC-BY-4.0"
        [[records]]
        kind = "place"
        identifier = "{code}"
        label = "{name}"
        [records.fields]
        name.es = { column = "name" }
        level = "parish"
        licence = "CC-BY-4.0"
        """
    )
    home.does("commons", "import", str(table), "--mapping", str(mapping), "--as", "Santa Clara")
    return home
