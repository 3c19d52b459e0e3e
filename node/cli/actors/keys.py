"""`minga key`: the keys of people in this home, and recovery keys on paper."""

import secrets
import sys
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from shlex import quote

import click

from node.cli.operator import Operator, json_option, pass_operator
from node.cli.passphrases import Passphrases
from node.cli.render import Column, note, say, show_fields, show_json, show_table, suggest
from node.cli.verbs import Verbs
from node.durable_files import write_durably
from node.errors import ConfigError
from node.keys.key_file import decode_key_file, open_key_file
from node.keys.keyring import KEY_FILE_SIZE_MAX_BYTES, KeyInfo, Keyring
from node.keys.paper_key import paper_from_seed, seed_from_paper
from node.keys.secret_seed import SecretSeed
from protocol.keys import SEED_SIZE_BYTES

# More recovery keys than a council keeps; each is a sheet of paper to look after.
PAPER_KEYS_MAX = 64


@click.group("key", cls=Verbs)
def key_command() -> None:
    """Make and look after the keys that people sign with."""


@key_command.command("new")
@click.option("--label", metavar="TEXT", help="Whose key, on which device: 'Ana, laptop'.")
@click.option("--recovery", is_flag=True, help="Make a recovery key and show it once, to be kept on paper.")
@click.option("--store", is_flag=True, help="Keep a recovery key in this home as well.")
@click.option(
    "--passphrase/--no-passphrase", default=None, help="Lock the key with a passphrase, or leave it open."
)
@json_option
@pass_operator
def new(operator: Operator, label: str | None, recovery: bool, store: bool, passphrase: bool | None) -> None:
    """Make a key; give its did:key to whoever founds or changes your actor."""
    operator.home.require()
    if store and not recovery:
        raise ConfigError("--store is for recovery keys; other keys are always kept in the home")
    keyring = Keyring(operator.home.keys_path)
    passphrases = Passphrases(operator.passphrase_file)
    if not recovery:
        chosen = label or _free_label(keyring)
        made = keyring.create("actor", chosen, passphrases.new(chosen, passphrase))
        _show_new(operator, made.info)
        return
    seed = SecretSeed(secrets.token_bytes(SEED_SIZE_BYTES))
    if store:
        chosen = label or _free_label(keyring, "recovery")
        keyring.create("recovery", chosen, passphrases.new(chosen, passphrase), seed.reveal())
    paper = paper_from_seed(seed.reveal())
    if operator.json:
        show_json({"key": seed.did, "kind": "recovery", "label": label, "paper": paper, "stored": store})
        return
    show_papers([(seed, label)])


@key_command.command("list")
@json_option
@pass_operator
def list_keys(operator: Operator) -> None:
    """List the keys in this home."""
    operator.home.require()
    keyring = Keyring(operator.home.keys_path)
    keys = keyring.list()
    for fault in keyring.faults():
        note(_("Not usable: {fault}").format(fault=fault))
    if operator.json:
        show_json([_as_json(info) for info in keys])
        return
    columns = [
        Column(_("Label"), flexible=True),
        Column(_("Kind")),
        Column(_("Locked")),
        Column(_("Key"), flexible=True),
    ]
    show_table(columns, [(info.label, _kind(info), _yes_no(info.encrypted), info.did) for info in keys])
    if not any(info.kind == "actor" for info in keys):
        suggest(operator, "key new --label …")


@key_command.command("show")
@click.argument("key")
@json_option
@pass_operator
def show(operator: Operator, key: str) -> None:
    """Show a key of this home, by its label, its did:key or the beginning of that."""
    operator.home.require()
    info = Keyring(operator.home.keys_path).find(key)
    if operator.json:
        show_json(_as_json(info))
        return
    show_fields(
        [
            (_("Key"), info.did),
            (_("Label"), info.label),
            (_("Kind"), _kind(info)),
            (_("Locked"), _yes_no(info.encrypted)),
            (_("File"), str(info.path)),
        ]
    )


@key_command.command("export")
@click.argument("key")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--paper", is_flag=True, help="Show the secret as text for paper, instead of writing a file.")
@pass_operator
def export(operator: Operator, key: str, file: Path | None, paper: bool) -> None:
    """Copy a key into a file, locked as it is here, or onto paper."""
    operator.home.require()
    keyring = Keyring(operator.home.keys_path)
    info = keyring.find(key)
    if paper:
        seed = keyring.unlock(info.public, Passphrases(operator.passphrase_file).of)
        if operator.json:
            show_json(_as_json(info) | {"paper": paper_from_seed(seed.reveal())})
        else:
            show_papers([(seed, info.label)])
        return
    if file is None:
        raise ConfigError("say which file to write the key to, or --paper")
    if file.exists():
        raise ConfigError(f"{file} exists already; choose another name")
    write_durably(file.absolute(), info.path.read_bytes())
    if operator.json:
        show_json(_as_json(info) | {"copy": str(file)})
        return
    say(_("The key {label} was copied to {file}.").format(label=info.label, file=file))
    if not info.encrypted:
        note(_("It is not locked: whoever has the file can sign with it."))


@key_command.command("import")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--paper", is_flag=True, help="Type the key from paper, or take its text from FILE.")
@click.option("--label", metavar="TEXT", help="What the key is called here.")
@click.option("--recovery", is_flag=True, help="A key typed from paper stays a recovery key.")
@click.option(
    "--passphrase/--no-passphrase",
    default=None,
    help="Lock a key from paper with a passphrase, or leave it open.",
)
@json_option
@pass_operator
def import_key(
    operator: Operator,
    file: Path | None,
    paper: bool,
    label: str | None,
    recovery: bool,
    passphrase: bool | None,
) -> None:
    """Take a key into this home, from a key file or from paper."""
    operator.home.require()
    keyring = Keyring(operator.home.keys_path)
    passphrases = Passphrases(operator.passphrase_file)
    if paper:
        seed = SecretSeed(seed_from_paper(typed_paper(file)))
        kind = "recovery" if recovery else "actor"
        chosen = label or _free_label(keyring, kind)
        made = keyring.create(
            "recovery" if recovery else "actor", chosen, passphrases.new(chosen, passphrase), seed.reveal()
        )
    elif file is None:
        raise ConfigError("say which key file to take in, or --paper")
    else:
        content = decode_key_file(_read(file), file)
        if content.kind == "node":
            raise ConfigError(
                f"{file} is the key of a node, and each node has its own; keys of people are taken in"
            )
        info = KeyInfo(content.kind, content.label, SecretSeed(bytes(32)).public, content.encrypted, file)
        phrase = passphrases.of(info) if content.encrypted else None
        opened = open_key_file(content, phrase, file)
        made = keyring.create(content.kind, label or content.label, phrase, opened.reveal())
    _show_new(operator, made.info)


def show_papers(papers: list[tuple[SecretSeed, str | None]]) -> None:
    """Show recovery keys once, to be written down: secret text, and the did:key that may be published."""
    for seed, label in papers:
        say()
        if label:
            say(label)
        say(paper_from_seed(seed.reveal()))
        say(seed.did)
    say()
    note(
        ngettext(
            "Write it down now, with a pen, and keep it where no computer can read it: "
            "it is not shown again.",
            "Write them down now, with a pen, and keep each in another place where no computer can read it: "
            "they are not shown again.",
            len(papers),
        )
    )


def typed_paper(file: Path | None) -> str:
    """Return the text of a key on paper: from a file, from standard input, or asked for unseen."""
    if file is not None:
        return _read(file).decode("utf-8", "replace")
    if not sys.stdin.isatty():
        return sys.stdin.read(KEY_FILE_SIZE_MAX_BYTES)
    typed: str = click.prompt(_("The key on paper, in one line"), hide_input=True, err=True)
    return typed


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(KEY_FILE_SIZE_MAX_BYTES + 1)
    except OSError as fault:
        raise ConfigError(f"{file} cannot be read ({fault.strerror})") from None
    if len(data) > KEY_FILE_SIZE_MAX_BYTES:
        raise ConfigError(f"{file} is larger than a key file; choose the right one")
    return data


def _free_label(keyring: Keyring, kind: str = "key") -> str:
    taken = {info.label for info in keyring.list()}
    return next(label for n in range(1, len(taken) + 2) if (label := f"{kind} {n}") not in taken)


def _show_new(operator: Operator, info: KeyInfo) -> None:
    if operator.json:
        show_json(_as_json(info))
        return
    say(_("The key {label} is in this home.").format(label=info.label))
    show_fields([(_("Key"), info.did), (_("Locked"), _yes_no(info.encrypted)), (_("File"), str(info.path))])
    suggest(operator, f"actor new --name … --type community --key {quote(info.label)}")


def _as_json(info: KeyInfo) -> dict[str, object]:
    return {
        "key": info.did,
        "kind": info.kind,
        "label": info.label,
        "locked": info.encrypted,
        "file": str(info.path),
    }


def _kind(info: KeyInfo) -> str:
    match info.kind:
        case "node":
            return _("this node's")
        case "actor":
            return _("signs for an actor")
        case "recovery":
            return _("recovery")


def _yes_no(value: bool) -> str:
    return _("yes") if value else _("no")
