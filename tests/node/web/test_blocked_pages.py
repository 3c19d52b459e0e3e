"""What readers see of what is blocked on a node: that it is, since when, why, and whose choice that is."""

from pathlib import Path

from node.trust.blocks import Blocks, Target
from protocol.identifiers import id_text
from tests.node.store.samples import Person
from tests.node.trust.test_blocks import SECRET, listed
from tests.node.web.readers import node_with, read_page, text_of, thing_path

ANA, EVA = Person("Ana"), Person("Eva")
PEOPLE = [ANA.founding, EVA.founding]


async def test_a_blocked_actor_is_a_choice_of_this_node_on_every_page(tmp_path: Path) -> None:
    field, pact = EVA.commons(f"Ejido {SECRET}"), ANA.pact(EVA, "Riberas")
    records = [*PEOPLE, field, pact, ANA.consent(pact), EVA.consent(pact)]
    said = EVA.says("observation", {"text": {"es": SECRET}}, pact)
    blocks = listed(tmp_path, (Target.ACTOR, EVA.id), reason="Vende <b>lo</b> que no es de nadie")
    async with node_with(tmp_path, [*records, said], blocks=blocks) as client:
        for path in (thing_path(field), thing_path(EVA.founding)):
            words = text_of((await read_page(client, path + "?lang=en")).find(".//main"))
            assert "Blocked by this node on 9 October 2025." in words
            assert "Vende <b>lo</b> que no es de nadie" in words
            assert "other nodes may show it" in words
            assert SECRET not in words
        data = await (await client.get(thing_path(field, "?format=json"))).json()
        assert data["blocked"]["since"] == "2025-10-09"
        assert SECRET not in str(data)
        # The pact is in force, as everywhere; what the blocked actor wrote about it is not read.
        page = text_of((await read_page(client, thing_path(pact) + "?lang=es")).find(".//main"))
        assert SECRET not in page
        assert "bloqueado por este nodo: Vende" in page
        told = await (await client.get(thing_path(pact, "?format=json"))).json()
        assert told["status"] == "in_force"
        assert SECRET not in str(told)
        front = await read_page(client, "/?lang=en")
        assert SECRET not in text_of(front)
        assert "have blocked some of what others wrote" in text_of(front)
        assert SECRET not in text_of(await read_page(client, "/?q=ejido"))
        for record in (field, said):
            data = await (await client.get(f"/record/{id_text(record.id)}?format=json")).json()
            assert (data["content"], data["content_bytes"]) == (None, None)
            assert data["blocked"]["by"] == "this node"
            assert data["signature"]
            page = await read_page(client, f"/record/{id_text(record.id)}?lang=en")
            assert "Not shown here" in text_of(page)
            assert SECRET not in text_of(page)
            assert SECRET not in text_of(await read_page(client, f"/check/{id_text(record.id)}"))
        for path in ("/versions", "/compare"):
            await read_page(client, thing_path(field, path), 404)
            assert SECRET not in text_of(await read_page(client, thing_path(pact, path)))
        assert SECRET not in text_of(await read_page(client, thing_path(pact, "/figures")))


async def test_a_reader_of_a_node_that_blocks_nothing_hears_nothing_of_blocks(tmp_path: Path) -> None:
    field = EVA.commons("Ejido")
    async with node_with(tmp_path, [*PEOPLE, field], blocks=Blocks()) as client:
        assert "blocked" not in text_of(await read_page(client, "/?lang=en"))
        data = await (await client.get(f"/record/{id_text(field.id)}?format=json")).json()
        assert "blocked" not in data
