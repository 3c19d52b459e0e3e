"""What happens: three nodes, an invented parish, and a pact that comes into force on all of them."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from node.cli.plain_form import to_plain
from node.demo.bodies import Body, answer_words, new_key, short, status_words, term_from_today
from node.demo.stage import DemoFailed, DemoNode, Stage
from node.demo.telling import Teller
from node.samples import world_commons_path
from node.samples.parish import parish
from protocol.identifiers import SubjectId, parse_id
from protocol.state.effect import Effect
from protocol.state.pacts import PactStatus

FINGERPRINT_LENGTH_BYTES = 4

# What takes less is there before anybody could look.
TOLD_TIME_MIN_S = 0.1


@dataclass
class Story:
    """The demonstration as it goes on."""

    stage: Stage
    tell: Teller
    bodies: dict[str, Body] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    commons: dict[str, str] = field(default_factory=dict)
    pact: str = ""
    now_at: str = ""

    async def play(self) -> None:
        """Tell everything; return once the pact is in force on all nodes.  Raises `DemoFailed`."""
        tell = self.tell
        tell.title("Minga")
        tell.say(parish().about[tell.language])
        tell.say(
            tell(
                "Aquí, tres nodos de verdad en esta máquina acuerdan un pacto. Todo lo que hacen lo hace "
                "la orden minga, y se muestra.",
                "Here, three real nodes on this machine agree a pact. All they do is done by the command "
                "minga, and shown.",
            )
        )
        await self._nodes()
        await self._keys()
        await self._founding()
        await self._describing()
        await self._proposing()
        await self._signing()
        await self._ending()

    # --- the steps ---------------------------------------------------------------------------

    async def _nodes(self) -> None:
        tell, stage = self.tell, self.stage
        self._step(tell("Tres nodos se ponen en marcha", "Three nodes start"))
        infocentre = stage.add(
            tell("Infocentro de Ichu Pamba", "Infocentre of Ichu Pamba"), tell("infocentro", "infocentre")
        )
        hall = stage.add(tell("Municipio de Kuychi", "Kuychi town hall"), tell("municipio", "townhall"))
        board = stage.add(tell("Junta Wayra Larka", "Wayra Larka board"), tell("junta", "board"))
        await asyncio.gather(*(self._start(at) for at in stage.nodes))
        for at in stage.nodes:
            tell.command(at.prompt, ("init", "--name", at.name))
            tell.command(at.prompt, ("run", *_RUN))
            tell.result(tell(f"{at.name} escucha en {at.address}", f"{at.name} listens on {at.address}"))
        for at in (hall, board):
            await self._do(at, "peer", "add", infocentre.address)
        tell.result(
            tell(
                "En una red local se encuentran sin que nadie escriba direcciones.",
                "On a local network they find each other without anybody typing addresses.",
            )
        )
        samples = {actor.slug: actor for actor in parish().actors}
        seats = {
            "ichu-pamba": (infocentre, infocentre, board, board, board),
            "sacha-yaku": (board, board, board),
            "wayra-larka": (board, infocentre, infocentre),
            "municipality": (hall, hall, hall),
        }
        for slug, places in seats.items():
            people = samples[slug].people
            self.bodies[slug] = Body(samples[slug], dict(zip(people, places, strict=True)))

    async def _start(self, at: DemoNode) -> None:
        await self.stage.minga(at, "init", "--name", at.name)
        await self.stage.run(at, *_RUN)

    async def _keys(self) -> None:
        tell = self.tell
        self._step(
            tell(
                "Cada persona recibe una clave, en el nodo donde firma",
                "Each person gets a key, where they sign",
            )
        )

        async def at_one(at: DemoNode) -> list[str]:
            people = [person for body in self.bodies.values() for person in body.people_at(at)]
            for person in people:
                self.keys[person] = (await self.stage.minga(at, *new_key(person)))["key"]
            return people

        made = await asyncio.gather(*(at_one(at) for at in self.stage.nodes))
        for at, people in zip(self.stage.nodes, made, strict=True):
            tell.command(at.prompt, new_key(people[0]))
            rest = tell("y también: ", "and also: ") + ", ".join(people[1:])
            tell.result(rest)

    async def _founding(self) -> None:
        tell = self.tell
        self._step(
            tell(
                "Tres comunidades y un municipio: varias claves, y cuántas deben firmar",
                "Three communities and a municipality: several keys, and how many must sign",
            )
        )
        for body in self.bodies.values():
            await self._found(body)
        await self._settle()

    async def _found(self, body: Body) -> None:
        tell, sample = self.tell, body.sample
        words = ["actor", "new", *_options("--name", (f"{name}@{tag}" for tag, name in sample.name.items()))]
        words += ["--type", sample.type]
        for person, at in body.seats.items():
            words += ["--key", person if at is body.home else f"{self.keys[person]}={person}"]
        words += ["--threshold", str(sample.threshold), "--recovery-keys", "3", "--recovery-threshold", "2"]
        answer = await self._do(body.home, *words)
        body.id = answer["id"]
        name = sample.name[tell.language]
        if answer["status"] != "founded":
            given, needed = len(answer["versions"][0]["signed_by"]), sample.threshold
            tell.result(
                tell(
                    f"{name} espera: {given} de {needed} firmas. Sus otras claves están en otro nodo.",
                    f"{name} waits: {given} of {needed} signatures. Its other keys are on another node.",
                )
            )
            await self._settle(quietly=True)
            for at in body.elsewhere:
                await self._do(at, "actor", "cosign", short(body.id))
        tell.result(
            tell(
                f"{name} puede firmar: {sample.threshold} de sus {len(sample.people)} claves juntas.",
                f"{name} can sign: {sample.threshold} of its {len(sample.people)} keys together.",
            ),
            good=True,
        )

    async def _describing(self) -> None:
        tell = self.tell
        self._step(tell("Cada cual cuenta los comunes que cuida", "Each tells of the commons it cares for"))
        for one in parish().commons:
            body = self.bodies[one.steward.slug]
            file = self.stage.write(f"{one.slug}.json", to_plain(one.fields))
            answer = await self._do(body.home, "commons", "add", "--file", file, "--as", short(body.id))
            self.commons[one.slug] = answer["id"]
            if answer["versions"][0]["effect"] == Effect.AWAITING.value:
                await self._cosign(body, answer["record"])
        importer = self.bodies["sacha-yaku"]
        file = self.stage.copy(world_commons_path())
        answer = await self._do(importer.home, "commons", "import", file, "--as", short(importer.id))
        count = sum(answer["new"].values())
        tell.result(
            tell(
                f"Además {count} comunes del mundo, documentados desde sus fuentes.",
                f"And {count} commons of the world, documented from their sources.",
            )
        )
        await self._settle()

    async def _proposing(self) -> None:
        tell, pact = self.tell, parish().pact
        self._step(tell("El Municipio propone un pacto", "The municipality proposes a pact"))
        actors = {slug: parse_id(body.id) for slug, body in self.bodies.items()}
        commons = {slug: SubjectId(parse_id(text)) for slug, text in self.commons.items()}
        payload = pact.payload(actors, commons) | {"term": term_from_today()}  # type: ignore[arg-type]
        file = self.stage.write(tell("pacto.json", "pact.json"), to_plain(payload))
        proposer = self.bodies["municipality"]
        answer = await self._do(proposer.home, "pact", "propose", file)
        self.pact = answer["id"]
        title = pact.fields["title"][tell.language]
        tell.say(tell(f"«{title}»", f"“{title}”"), "     ")
        await self._settle()
        await self._standing()

    async def _signing(self) -> None:
        tell = self.tell
        self._step(tell("Cada parte firma, donde está su gente", "Each party signs, where its people are"))
        for slug, extra in (
            ("municipality", ("--act", tell("Resolución 12-2026", "Resolution 12-2026"))),
            ("ichu-pamba", ()),
            ("wayra-larka", ()),
        ):
            body = self.bodies[slug]
            as_whom = ("--as", short(body.id)) if slug != "municipality" else ()
            answer = await self._do(body.home, "pact", "sign", short(self.pact), *extra, *as_whom)
            await self._settle()
            await self._standing()
            if body.elsewhere:
                await self._cosign(body, answer["record"])
                await self._settle()
                await self._standing()

    async def _cosign(self, body: Body, record: str) -> None:
        """Have the people at another node add their signatures."""
        await self._settle(quietly=True)
        for at in body.elsewhere:
            await self._do(at, "actor", "cosign", short(record))

    async def _ending(self) -> None:
        """Ask each node itself, by the command, and compare all that they hold."""
        tell = self.tell
        self._step(tell("Lo que cada nodo muestra", "What each node shows"))
        self._command_everywhere("pact", "show", short(self.pact))
        shown = await asyncio.gather(
            *(self.stage.minga(at, "pact", "show", self.pact) for at in self.stage.nodes)
        )
        held = [await at.records() for at in self.stage.nodes]
        prints = [
            blake2b(b"".join(sorted(ids)), digest_size=FINGERPRINT_LENGTH_BYTES).hexdigest() for ids in held
        ]
        counts = [dict((await at.view.counts()).things_by_kind) for at in self.stage.nodes]
        rows = [
            (tell("Registros", "Records"), [str(len(ids)) for ids in held]),
            (tell("Su huella", "Their fingerprint"), prints),
            (tell("Actores", "Actors"), [str(count.get("actor", 0)) for count in counts]),
            (tell("Comunes", "Commons"), [str(count.get("commons", 0)) for count in counts]),
            (tell("El pacto", "The pact"), [status_words(tell, one["status"]) for one in shown]),
        ]
        states = [await at.thing(SubjectId(parse_id(self.pact))) for at in self.stage.nodes]
        for actor, _ in parish().pact.parties:
            name = actor.name[tell.language]
            rows.append((name, [answer_words(tell, state, self.bodies[actor.slug]) for state in states]))
        tell.table([at.prompt for at in self.stage.nodes], rows)
        for at, one in zip(self.stage.nodes, shown, strict=True):
            if one["status"] != PactStatus.IN_FORCE.value:
                raise DemoFailed(
                    tell(
                        f"en {at.name} el pacto no está en vigor, sino {status_words(tell, one['status'])}",
                        f"on {at.name} the pact is not in force, but {status_words(tell, one['status'])}",
                    )
                )
        if len(set(prints)) != 1:
            raise DemoFailed(
                tell("los nodos no tienen los mismos registros", "the nodes hold different records")
            )
        tell.result(
            tell(
                "El pacto está en vigor en los tres nodos, y los tres tienen los mismos registros.",
                "The pact is in force on all three nodes, and all three hold the same records.",
            ),
            good=True,
        )

    # --- telling -----------------------------------------------------------------------------

    def _step(self, text: str) -> None:
        self.now_at = text
        self.tell.step(text)

    async def _do(self, at: DemoNode, *words: str) -> Any:
        """Show a command and run it."""
        self.tell.command(at.prompt, words)
        return await self.stage.minga(at, *words)

    def _command_everywhere(self, *words: str) -> None:
        for at in self.stage.nodes:
            self.tell.command(at.prompt, words)

    async def _settle(self, quietly: bool = False) -> None:
        count, took_s = await self.stage.same_records()
        if quietly:
            return
        tell = self.tell
        after = f", {took_s:.1f} s " + tell("después", "later") if took_s >= TOLD_TIME_MIN_S else ""
        tell.result(
            tell(
                f"Los tres nodos tienen los mismos {count} registros",
                f"All three nodes hold the same {count} records",
            )
            + f"{after}."
        )

    async def _standing(self) -> None:
        """Tell where the pact stands, as the first node sees it."""
        tell = self.tell
        state = await self.stage.nodes[0].thing(SubjectId(parse_id(self.pact)))
        assert state.pact is not None
        status = status_words(tell, state.status)
        tell.result(tell(f"El pacto: {status}", f"The pact: {status}"), good=state.pact.in_force is not None)
        tell.pairs(
            [
                (actor.name[tell.language], answer_words(tell, state, self.bodies[actor.slug]))
                for actor, _ in parish().pact.parties
            ]
        )


_RUN = ("--listen", "127.0.0.1:0", "--no-lan")


def _options(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
