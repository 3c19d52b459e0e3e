"""Whoever speaks Spanish is spoken to in Spanish: no text is missing, none has lost what is put into it."""

import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

from node.cli.language import chosen_language, speak
from node.cli.sentences import sentence
from node.locale.compiling import compiled, read_catalogue
from node.settings.table import SETTINGS
from tests.node.cli import wording
from tests.node.cli.terminal import Terminal

SOURCE = wording.TOP / "node" / "locale" / "es" / "LC_MESSAGES" / "minga.po"


def entries() -> dict[str, str]:
    """Return the catalogue, plurals taken apart."""
    apart: dict[str, str] = {}
    for key, text in read_catalogue(SOURCE.read_text(encoding="utf-8")).items():
        forms = text.split("\0")
        for number, original in enumerate(key.split("\0")):
            apart[original] = forms[min(number, len(forms) - 1)]
    apart.pop("")
    return apart


def test_nothing_that_can_be_said_lacks_its_spanish() -> None:
    said = wording.everything()
    assert len(said) > 500, "the texts were looked for in the wrong place"
    assert sorted(said - entries().keys()) == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    assert SOURCE.with_suffix(".mo").read_bytes() == compiled(read_catalogue(text)), (
        "run: python -m node.locale.compiling"
    )


def test_a_translation_keeps_what_is_put_into_it() -> None:
    for original, translated in entries().items():
        keeps_what_is_put_into_it(original, translated)


def keeps_what_is_put_into_it(original: str, translated: str) -> None:
    """Hold one translation to the gaps, options and commands of what it translates."""
    gaps = [name for _, name, _, _ in Formatter().parse(original) if name is not None]
    kept = [name for _, name, _, _ in Formatter().parse(translated) if name is not None]
    assert translated.strip()
    assert sorted(gaps) == sorted(kept), original
    options = r"--[a-z][a-z-]+|`minga [a-z ]+`"
    assert sorted(re.findall(options, original)) == sorted(re.findall(options, translated)), original


def test_the_help_of_settings_is_spanish(tmp_path: Path) -> None:
    said = " ".join(Terminal(tmp_path, "es").does("run", "--help").split())
    for setting in SETTINGS:
        assert " ".join(setting.help("es").split())[:40] in said.replace("- ", "-")


def test_an_error_with_names_in_it_is_spanish(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana", "es")
    assert f"no hay ningún nodo en {ana.home}; ejecute: minga --home {ana.home} init" in ana.fails("status")
    ana.settled_down("Ana")
    assert "ninguna clave se llama 'Luis'" in ana.fails("key", "show", "Luis")
    assert "No existe la orden 'estado'." in ana.fails("estado")
    assert "un día se escribe AAAA-MM-DD" in ana.fails("pact", "propose", "--start", "hoy")
    english = replace(ana, language="en")
    assert "no key is called 'Luis'" in english.fails("key", "show", "Luis")


def test_a_sentence_finds_the_template_it_was_made_of() -> None:
    speak("es")
    try:
        assert (
            sentence("/a b/c; d is not UTF-8 text; save it as UTF-8")
            == "/a b/c; d no es texto UTF-8; guárdelo como UTF-8"
        )
        assert sentence("something nobody ever wrote") == "something nobody ever wrote"
        assert sentence("{} {0} {name}") == "{} {0} {name}"
    finally:
        speak("en")


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "es_EC.UTF-8"}, "es"),
        ([], {"LANG": "C.UTF-8"}, "en"),
        ([], {"LC_ALL": "en_US.UTF-8", "LANG": "es_ES"}, "en"),
        ([], {"MINGA_NODE_LANGUAGE": "es-EC", "LANG": "en"}, "es"),
        ([], {"MINGA_NODE_LANGUAGE": "auto", "LANG": "es"}, "es"),
        (["--lang", "es"], {"LANG": "en"}, "es"),
        (["--lang=en"], {"LANG": "es"}, "en"),
        (["commons", "add", "--", "--lang", "es"], {}, "en"),
        (["--lang", "fr"], {"LANG": "es"}, "es"),
    ],
)
def test_the_language_is_the_one_asked_for(
    arguments: list[str], environment: dict[str, str], language: str, tmp_path: Path
) -> None:
    home = ["--home", str(tmp_path)] if "--" not in arguments else []
    assert chosen_language([*home, *arguments], environment | {"MINGA_HOME": str(tmp_path)}) == language


def test_the_setting_of_a_home_is_its_language(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[node]\nlanguage = "es"\n')
    assert chosen_language(["--home", str(tmp_path)], {"LANG": "en"}) == "es"
    (tmp_path / "config.toml").write_text("not TOML at all")
    assert chosen_language(["--home", str(tmp_path)], {"LANG": "es"}) == "es"


def test_entries_are_told_apart_without_blank_lines() -> None:
    text = '# one\nmsgid ""\n"a"\nmsgstr "b"\nmsgid "c"\nmsgid_plural "d"\nmsgstr[0] "e"\nmsgstr[1] "f"\n'
    assert read_catalogue(text) == {"a": "b", "c\0d": "e\0f"}


def test_a_catalogue_with_a_slip_is_refused() -> None:
    for text in ('msgid "a"\nmsgstr "b" c', 'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"', "nonsense"):
        with pytest.raises(ValueError, match=r"catalogue"):
            read_catalogue(text)


def test_why_a_row_is_left_out_is_said_in_spanish(village: Terminal, tmp_path: Path) -> None:
    table, mapping = tmp_path / "filas.csv", tmp_path / "filas.toml"
    table.write_text("code,name,level\n1,Loma,parish\n2,,parish\n3,Alta,Parroquia\n", encoding="utf-8")
    mapping.write_text(
        """
        name = "filas"
        title = "Filas"
        [source]
        name = "Registro"
        licence = "CC-BY-4.0"
        [[records]]
        kind = "place"
        identifier = "{code}"
        label = "{name}"
        [records.fields]
        name.es = { column = "name" }
        level = { column = "level" }
        """
    )
    said = Terminal(village.home, "es").does(
        *("commons", "import", str(table), "--mapping", str(mapping), "--as", "Santa Clara", "--dry-run")
    )
    lines = " ".join(said.split())
    assert "fila 1, Loma: todos los nodos lo rechazarían: falta licence" in lines
    assert "fila 2: todos los nodos lo rechazarían: falta name" in lines
    assert not re.search(r"Expected|Object|missing|`|row", lines)
