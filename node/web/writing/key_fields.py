"""The keys with which something can be signed here: which there are, and the passphrase that each is opened
with."""

from dataclasses import dataclass

from node.accounts.passphrases import TooManyWaiting
from node.accounts.people import kept_passphrase
from node.accounts.throttle import Count, Guarded
from node.errors import ConfigError, WrongPassphrase
from node.keys.keyring import KeyInfo
from node.web.exchange.problem import Problem, too_busy
from node.web.frame.markup import Node, e
from node.web.words.speech import N_
from node.web.writing.fields import Faults, line, tick
from node.web.writing.posted import Posted
from node.web.writing.sign_in import is_right, wait_longer
from node.web.writing.visit import Visit
from protocol.identifiers import ActorId
from protocol.keys import PublicKey, SigningKey


@dataclass(frozen=True, slots=True)
class Offered:
    """A key of an actor in this home, and whether it was left open in this session."""

    info: KeyInfo
    open: SigningKey | None


async def offered_keys(visit: Visit, actor: ActorId) -> tuple[list[Offered], int]:
    """Return the keys of an actor that lie in this home, in the actor's order, and how many have to sign."""
    state = await visit.desk.store.actor(actor)
    if state is None or state.head is None:
        return [], 0
    content = state.contents[state.head]
    here = {info.public: info for info in visit.desk.keyring.list() if info.kind == "actor"}
    found = []
    for entry in content.keys:
        info = here.get(PublicKey(entry.key))
        if info is not None:
            found.append(Offered(info, _open(visit, info.public)))
    return found, content.threshold


def _open(visit: Visit, public: PublicKey) -> SigningKey | None:
    assert visit.session is not None
    return visit.desk.open_keys.find(visit.session.digest, public, visit.now_ms)


async def key_fields(visit: Visit, actor: ActorId, faults: Faults) -> tuple[Node, int]:
    """Return the questions for passphrases, and how many keys have to sign."""
    say = visit.say
    keys, needed = await offered_keys(visit, actor)
    several = len(keys) > 1
    rows: list[Node] = []
    for at, key in enumerate(keys):
        label = e("bdi", key.info.label)
        if key.open is not None:
            rows.append(e("p", say.rich(N_("The key {label} is open in this session."), label=label)))
        elif key.info.encrypted:
            rows.append(
                line(
                    f"key-{at}",
                    say.rich(N_("Passphrase of the key {label}"), label=label),
                    kind="password",
                    hint=say("Leave it empty if this key does not sign now.") if several else None,
                    fault=faults.get(f"key-{at}"),
                    autocomplete="off",
                )
            )
    if any(not key.info.encrypted and key.open is None for key in keys):
        names = [e("bdi", key.info.label) for key in keys if not key.info.encrypted and key.open is None]
        rows.append(
            line(
                "own",
                say("Your own passphrase, with which you sign in"),
                kind="password",
                hint=say.rich(
                    N_("The key {labels} has no passphrase of its own; it signs where you give yours."),
                    labels=say.joined(names),
                ),
                fault=faults.get("own"),
                autocomplete="current-password",
            )
        )
    if any(key.open is None for key in keys):
        rows.append(
            tick(
                "leave-open",
                say("Leave the key open for 15 minutes, to sign more"),
                hint=say("In this session only. It is written nowhere, and ends when you sign out."),
            )
        )
    return e("section", e("h2", say("Sign")), rows), needed


async def opened_keys(
    visit: Visit, actor: ActorId, posted: Posted
) -> tuple[dict[PublicKey, SigningKey], Faults]:
    """Return the keys that sign now, opened with what was typed; or what is wrong with that.  Raises
    `Problem`."""
    say, desk = visit.say, visit.desk
    keys, _ = await offered_keys(visit, actor)
    opened = {key.info.public: key.open for key in keys if key.open is not None}
    faults: dict[str, str] = {}
    for at, key in enumerate(keys):
        typed = posted.text(f"key-{at}")
        if key.open is not None or not key.info.encrypted or not typed:
            continue
        found = await _unlocked(visit, key.info, typed)
        if found is None:
            faults[f"key-{at}"] = say("That passphrase does not open this key. Type it again.")
        else:
            opened[key.info.public] = found
    plain = [key for key in keys if not key.info.encrypted and key.open is None]
    if plain and posted.text("own"):
        assert visit.session is not None
        account = visit.account.id
        kept = await desk.file.run(lambda db: kept_passphrase(db, account))
        counts: list[Count] = [(Guarded.DEVICE, (account, visit.session.digest))]
        if not await is_right(visit, kept, posted.text("own"), counts):
            faults["own"] = say("That is not your passphrase. Type it again.")
        else:
            for key in plain:
                opened[key.info.public] = SigningKey(desk.keyring.unlock(key.info.public).reveal())
    if not opened and not faults:
        first = next((f"key-{at}" for at, key in enumerate(keys) if key.info.encrypted), "own")
        faults[first] = say("Type the passphrase, so that the key can sign")
    if not faults and posted.text("leave-open") and visit.session is not None:
        desk.open_keys.leave_open(visit.session.digest, opened.values(), visit.now_ms)
    return opened, faults


async def _unlocked(visit: Visit, info: KeyInfo, typed: str) -> SigningKey | None:
    """Return a key of the home, None where the passphrase is not its own.  Raises `Problem`."""
    desk = visit.desk
    counts: list[Count] = [(Guarded.KEY, (visit.account.id, info.public))]
    wait_ms = desk.throttle.attempt(counts, visit.now_ms)
    if wait_ms:
        raise wait_longer(wait_ms)
    try:
        seed = await desk.stretcher.apart(lambda: desk.keyring.unlock(info.public, lambda _: typed))
    except WrongPassphrase:
        return None
    except TooManyWaiting:
        desk.throttle.take_back(counts)
        raise too_busy() from None
    except ConfigError:
        raise Problem(
            503,
            "key-unusable",
            N_("That key cannot be used just now"),
            N_(
                "Nothing was signed, and what you wrote is kept. Whoever runs this node finds out why with: "
                "minga doctor"
            ),
        ) from None
    desk.throttle.was_right(counts)
    return SigningKey(seed.reveal())
