"""The one table of settings: defaults, `config.example.toml`, `--help` and docs/settings.md come from it.

A field of `Settings` is a row: its section and name in `config.toml` are its own name split at the first `_`
(`peers_inbound_max` is `inbound_max` under `[peers]`), its environment variable is `MINGA_PEERS_INBOUND_MAX`.
Times and sizes carry their unit last.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from node.peers.addresses import PeerAddress
from node.proxies import ProxyNetwork
from node.settings import kinds
from node.settings.kinds import Kind
from node.settings.listening import ListenAddress
from protocol.channel.identity import NodeId
from protocol.identifiers import ActorId
from protocol.limits import ENDORSEMENT_REACH_MAX

T = TypeVar("T")

ENVIRONMENT_PREFIX = "MINGA_"


@dataclass(frozen=True, slots=True)
class Row:
    """What a setting is, apart from its name: its kind, its default as TOML has it, and what it does."""

    kind: Kind[Any]
    default: object
    en: str
    es: str
    option: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of the table together with its name."""

    attribute: str
    row: Row

    @property
    def section(self) -> str:
        """The table of `config.toml` that holds it."""
        return self.attribute.partition("_")[0]

    @property
    def name(self) -> str:
        """Its key inside the section."""
        return self.attribute.partition("_")[2]

    @property
    def key(self) -> str:
        """How messages and documents call it: `peers.inbound_max`."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return ENVIRONMENT_PREFIX + self.attribute.upper()

    @property
    def option(self) -> str:
        """The command-line option that sets it; a flag has two, `--lan/--no-lan`."""
        if self.row.option:
            return self.row.option
        words = self.attribute.replace("_", "-")
        return f"--{words}/--no-{words}" if self.row.kind.is_flag else f"--{words}"

    def help(self, language: str = "en") -> str:
        """What it does, in Spanish (`es`) or English (any other tag)."""
        return self.row.es if language.partition("-")[0] == "es" else self.row.en


def _row(kind: Kind[T], default: object, *, en: str, es: str, option: str = "") -> T:
    """Declare a field of `Settings`; typed as the value it will hold, so that mypy compares both."""
    row = Row(kind, default, en, es, option)
    return dataclasses.field(default=kind.read(default), metadata={"row": row})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of a node, read and checked."""

    node_name: str = _row(
        kinds.text(),
        "",
        en="What this node is called, on its page and to its peers; empty: the first letters of its key.",
        es="Cómo se llama este nodo, en su página y ante sus pares; vacío: las primeras letras de su clave.",
    )
    node_language: str = _row(
        kinds.language(),
        "auto",
        en="Language of commands and pages; auto: that of the terminal, and of each reader's browser.",
        es="Idioma de las órdenes y páginas; auto: el de la terminal, y el del navegador de cada quien.",
    )
    network_name: str = _row(
        kinds.word(),
        "commons",
        en="The network to belong to; nodes of different networks do not talk to each other.",
        es="La red a la que pertenece; nodos de redes distintas no hablan entre sí.",
    )
    # Relative paths are resolved against the home directory when settings are loaded.
    network_key_file: Path | None = _row(  # noqa: RUF009
        kinds.file_path(),
        "",
        en="File with the shared key of a private federation; without it no outsider can even talk to the "
        "node.",
        es="Archivo con la clave compartida de una federación privada; sin ella nadie de fuera puede ni "
        "hablarle.",
    )
    # All addresses: a node is there to be found by its neighbours; one that listens to itself alone finds
    # nobody.
    network_listen: tuple[ListenAddress, ...] = _row(
        kinds.listen_addresses(),
        ["*:7447"],
        en="Where the node listens, for peers and for its page; * is every address, so that the local "
        "network reaches it.",
        es="Dónde escucha el nodo, para sus pares y su página; * es toda dirección, para que la red local "
        "lo alcance.",
        option="--listen",
    )
    network_advertise: tuple[PeerAddress, ...] = _row(
        kinds.peer_addresses(),
        [],
        en="Addresses at which others reach this node from outside, such as that of a reverse proxy.",
        es="Direcciones donde otros alcanzan este nodo desde fuera, por ejemplo la de un proxy inverso.",
        option="--advertise",
    )
    network_proxies: tuple[ProxyNetwork, ...] = _row(
        kinds.proxy_networks(),
        [],
        en="Reverse proxies in front of this node, whose word is taken for who asks, and over what (headers "
        "X-Forwarded-For and X-Forwarded-Proto).",
        es="Proxies inversos delante de este nodo, a los que se cree quién pregunta y por qué vía (los "
        "encabezados X-Forwarded-For y X-Forwarded-Proto).",
    )
    lan_discovery: bool = _row(
        kinds.flag(),
        True,
        en="Find nodes on the local network, and be found by them.",
        es="Encontrar nodos en la red local, y ser encontrado por ellos.",
        option="--lan/--no-lan",
    )
    lan_interfaces: tuple[str, ...] = _row(
        kinds.interface_names(),
        [],
        en="Network interfaces to look on; empty: all.",
        es="Interfaces de red donde buscar; vacío: todas.",
    )
    peers_addresses: tuple[PeerAddress, ...] = _row(
        kinds.peer_addresses(),
        [],
        en="Nodes to stay connected to, wherever they are.",
        es="Nodos con los que mantener conexión, estén donde estén.",
        option="--peer",
    )
    # One connection takes some 200 KB with its buffers: 64 fit a board with 512 MB.
    peers_inbound_max: int = _row(
        kinds.whole(0, 10_000),
        64,
        en="How many peers may be connected that dialled this node.",
        es="Cuántos pares que llamaron a este nodo pueden estar conectados.",
    )
    # HyParView (Leitão et al. 2007) keeps an active view of log(n) + 1: 5 for 10,000 nodes; 8 leaves a
    # margin.
    peers_outbound_max: int = _row(
        kinds.whole(0, 1_000),
        8,
        en="How many peers this node dials by itself, besides those in addresses.",
        es="A cuántos pares llama este nodo por sí mismo, además de los de addresses.",
    )
    # A village behind one router shares one address; one stranger must not take every place.
    peers_per_ip_max: int = _row(
        kinds.whole(1, 10_000),
        8,
        en="How many peers may be connected from one IP address.",
        es="Cuántos pares pueden estar conectados desde una misma dirección IP.",
    )
    # Sixteen thousand a second: above what a full sync reaches, below what keeps a core from anything else.
    peers_records_per_minute_max: int = _row(
        kinds.whole(60, 100_000_000),
        1_000_000,
        en="How many records one peer may bring in a minute; lower it where the link is paid by volume.",
        es="Cuántos registros puede traer un par por minuto; redúzcalo donde el enlace se paga por volumen.",
    )
    # Gossip brings new records at once; this repairs what gossip missed, for some 100 bytes where nothing
    # differs.
    sync_interval_s: int = _row(
        kinds.whole(5, 86_400),
        120,
        en="Seconds between two comparisons of everything with each connected peer.",
        es="Segundos entre dos comparaciones de todo con cada par conectado.",
    )
    sync_verify_workers: int = _row(
        kinds.whole(0, 256),
        0,
        en="How many processes verify records at the same time; 0: as many as the machine has cores.",
        es="Cuántos procesos verifican registros a la vez; 0: tantos como núcleos tiene la máquina.",
    )
    trust_ours: tuple[ActorId, ...] = _row(
        kinds.actor_ids(),
        [],
        en="Actors from which this node counts how far others are, besides those for which a key of this "
        "home signs.",
        es="Actores desde los que este nodo cuenta qué tan lejos están los demás, además de aquellos por los "
        "que firma una clave de este directorio.",
    )
    trust_policy: str = _row(
        kinds.choice("open", "followed", "invited"),
        "open",
        en="Whose records this node takes in from others: everybody's (open), those of actors near ours "
        "(followed), or those of actors and nodes named here alone (invited).",
        es="De quiénes acepta registros de otros nodos: de todos (open), de los actores cercanos a los "
        "nuestros (followed), o solo de los actores y nodos nombrados aquí (invited).",
    )
    # Those whom we vouch for, and those whom they vouch for: further away nobody knows whom they trust.
    trust_within: int = _row(
        kinds.whole(0, ENDORSEMENT_REACH_MAX),
        2,
        en="How many endorsements away from ours an actor may be to count as near.",
        es="A cuántos avales de los nuestros puede estar un actor para contar como cercano.",
    )
    trust_invited_actors: tuple[ActorId, ...] = _row(
        kinds.actor_ids(),
        [],
        en="Actors that count as near, whoever endorses them.",
        es="Actores que cuentan como cercanos, los avale quien los avale.",
    )
    trust_invited_nodes: tuple[NodeId, ...] = _row(
        kinds.node_ids(),
        [],
        en="Nodes that a node with the policy invited talks to, besides those whose address you gave it.",
        es="Nodos con los que habla un nodo de política invited, además de aquellos cuya dirección usted "
        "le dio.",
    )
    # A register of 100,000 commons comes to a neighbour's node whole, with room to grow.
    quota_stranger_records_max: int = _row(
        kinds.whole(0, 100_000_000),
        300_000,
        en="How many records of one actor who is not near this node takes in; 0: any number.",
        es="Cuántos registros de un mismo actor no cercano acepta este nodo; 0: los que sean.",
    )
    # An eighth of the store's quota: eight strangers cannot fill it by chance.
    quota_stranger_bytes_max: int = _row(
        kinds.size_bytes(10**6, 100 * 10**12),
        "1 GB",
        en="How much of one actor who is not near this node takes in; 0: any amount.",
        es="Cuánto de un mismo actor no cercano acepta este nodo; 0: lo que sea.",
    )
    # The same register in one day; somebody who writes without end leaves the operator time to see it.
    quota_stranger_records_per_day_max: int = _row(
        kinds.whole(0, 100_000_000),
        120_000,
        en="How many of them in one day; 0: any number.",
        es="Cuántos de ellos en un día; 0: los que sean.",
    )
    quota_stranger_bytes_per_day_max: int = _row(
        kinds.size_bytes(10**6, 100 * 10**12),
        "500 MB",
        en="How much of it in one day; 0: any amount.",
        es="Cuánto en un día; 0: lo que sea.",
    )
    # Everything about a thing is looked at again when one more record about it comes: 14 ms for so many.
    quota_about_one_thing_max: int = _row(
        kinds.whole(0, 10_000_000),
        2_000,
        en="How many records of actors who are not near, and whom it does not name, this node takes in about "
        "one thing; a tenth of them from one actor. 0: any number.",
        es="Cuántos registros de actores no cercanos, ni nombrados por ella, acepta este nodo sobre una "
        "misma cosa; la décima parte de un mismo actor. 0: los que sean.",
    )
    # A network of a million records comes from one neighbour in a day.
    quota_peer_records_per_day_max: int = _row(
        kinds.whole(0, 1_000_000_000),
        2_000_000,
        en="How many records of actors who are not near one peer may bring in one day; 0: any number.",
        es="Cuántos registros de actores no cercanos puede traer un mismo par en un día; 0: los que sean.",
    )
    quota_peer_bytes_per_day_max: int = _row(
        kinds.size_bytes(10**6, 100 * 10**12),
        "4 GB",
        en="How much of it in one day; 0: any amount.",
        es="Cuánto en un día; 0: lo que sea.",
    )
    # Keys cost nothing, and whose keys are whose comes in under every policy: some 25 MB a day.
    quota_peer_actors_per_day_max: int = _row(
        kinds.whole(0, 100_000_000),
        50_000,
        en="How many actors nobody near knows one peer may bring in one day; 0: any number.",
        es="Cuántos actores que nadie cercano conoce puede traer un mismo par en un día; 0: los que sean.",
    )
    web_enabled: bool = _row(
        kinds.flag(),
        True,
        en="Show the node's page to readers.",
        es="Mostrar la página del nodo a quien la lea.",
        option="--web/--no-web",
    )
    web_writing: bool = _row(
        kinds.flag(),
        True,
        en="Let people with an account on this node sign in, write and sign in the browser.",
        es="Permitir que quienes tienen cuenta en este nodo entren, escriban y firmen en el navegador.",
        option="--writing/--no-writing",
    )
    web_comments: bool = _row(
        kinds.flag(),
        False,
        en="Let visitors without an account leave comments, which wait until an operator publishes them.",
        es="Permitir que visitantes sin cuenta dejen comentarios, que esperan a que alguien los publique.",
        option="--comments/--no-comments",
    )
    web_listen: tuple[ListenAddress, ...] = _row(
        kinds.listen_addresses(),
        [],
        en="Where the page is served; empty: where the node listens for peers.",
        es="Dónde se sirve la página; vacío: donde el nodo escucha a sus pares.",
    )
    web_metrics: str = _row(
        kinds.choice("off", "local", "all"),
        "local",
        en="Who may read the figures at /metrics: nobody (off), programs on this machine (local), or whoever "
        "reads the page (all).",
        es="Quién puede leer las cifras en /metrics: nadie (off), programas de esta máquina (local), o quien "
        "lea la página (all).",
    )
    store_synchronous: str = _row(
        kinds.choice("NORMAL", "FULL"),
        "NORMAL",
        en="How SQLite writes: NORMAL survives a crash of the program, FULL also keeps the last moment "
        "before a power cut.",
        es="Cómo escribe SQLite: NORMAL resiste la caída del programa, FULL guarda también el último "
        "instante antes de un corte de luz.",
    )
    # Some five million records at 1.6 KB: a country's commons and pacts on a small card.
    store_quota_bytes: int = _row(
        kinds.size_bytes(10 * 10**6, 100 * 10**12),
        "8 GB",
        en="How large the store may grow before peers' new records are refused; 0: until the disk is full.",
        es="Cuánto puede crecer el almacén antes de rechazar registros nuevos de los pares; 0: hasta llenar "
        "el disco.",
    )
    log_level: str = _row(
        kinds.choice("debug", "info", "warning", "error"),
        "info",
        en="How much the log says.",
        es="Cuánto dice el registro de sucesos.",
    )
    log_format: str = _row(
        kinds.choice("text", "json"),
        "text",
        en="Form of the log: text, or one JSON object per line.",
        es="Forma del registro de sucesos: texto, o un objeto JSON por línea.",
    )


SETTINGS: tuple[Setting, ...] = tuple(
    Setting(field.name, field.metadata["row"]) for field in dataclasses.fields(Settings)
)
