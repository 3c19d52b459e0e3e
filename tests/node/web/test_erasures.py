"""Pages tell by whom, when and on what ground a content was taken out, and show nothing of it."""

from pathlib import Path
from typing import Any

import pytest

from protocol.identifiers import id_text
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import NOW_MS, Person
from tests.node.web.readers import founded, node_with, read_page, text_of, thing_path

DAY = 24 * 60 * 60 * 1_000


def erasure(person: Person, target: VerifiedRecord, time_ms: int, **more: Any) -> VerifiedRecord:
    payload = {"basis": "habeas_data", **more}
    return sign_record(
        person.author(), "erasure", payload, time_ms, subject=target.subject, parents=[target.id]
    )


@pytest.mark.parametrize(
    ("language", "said", "why"),
    [
        ("en", "The content was taken out on 10 October 2025", "a person it told of asked for it"),
        ("es", "El contenido fue borrado el 10 de octubre de 2025", "lo pidió una persona de la que hablaba"),
    ],
)
async def test_the_page_of_an_erased_thing_says_who_when_and_why(
    tmp_path: Path, language: str, said: str, why: str
) -> None:
    ana = Person("Ana")
    spring = ana.commons("Vertiente secreta", "bajo la casa de Rosa")
    gone = erasure(ana, spring, NOW_MS + DAY, reason={"es": "Rosa lo pidió"})
    async with node_with(tmp_path, [ana.founding, spring, gone]) as client:
        page = await read_page(client, f"{thing_path(spring)}?lang={language}")
        text = text_of(page)
        assert said in text
        assert f"Comunidad Ana: {why} (habeas data)." in text
        assert "Rosa lo pidió" in text
        assert "secreta" not in text
        assert "casa" not in text
        data = await (await client.get(f"/record/{id_text(spring.id)}?format=json")).json()
        [told] = data["erasures"]
        assert (told["erasure"], told["basis"]) == (id_text(gone.id), "habeas_data")
        thing = await (await client.get(f"{thing_path(spring)}?format=json")).json()
        assert [entry["erasures"] for entry in thing["records"] if entry["id"] == id_text(spring.id)] == [
            [told]
        ]


async def test_of_an_erased_version_among_others_it_stands_in_the_list(tmp_path: Path) -> None:
    ana = Person("Ana")
    first = ana.commons("Vertiente de Rosa")
    second = ana.commons("Vertiente", after=first, time_ms=NOW_MS + 1_000)
    async with node_with(
        tmp_path, [ana.founding, first, second, erasure(ana, first, NOW_MS + DAY)]
    ) as client:
        text = text_of(await read_page(client, f"{thing_path(first)}?lang=en"))
        assert "content taken out on 10 October 2025" in text
        assert "shown here" in text
        assert "Rosa" not in text


async def test_an_erasure_that_waits_for_signatures_is_told_beside_what_stays(tmp_path: Path) -> None:
    council = Person("Consejo", threshold=2, keys=2)
    spring = council.commons("Vertiente")
    asked = erasure(council, spring, NOW_MS + DAY)
    records = [*founded(council), spring, council.cosign(spring, 1), asked]
    async with node_with(tmp_path, records) as client:
        text = text_of(await read_page(client, f"{thing_path(spring)}?lang=en"))
        assert "Vertiente" in text
        assert "Comunidad Consejo asked on 10 October 2025 for the content to be taken out" in text
    async with node_with(tmp_path, [*records, council.cosign(asked, 1)]) as client:
        text = text_of(await read_page(client, f"{thing_path(spring)}?lang=en"))
        assert "Vertiente" not in text
        assert "taken out on 10 October 2025 by Comunidad Consejo" in text


async def test_what_others_ask_to_be_erased_is_not_told(tmp_path: Path) -> None:
    ana, eva = Person("Ana"), Person("Eva")
    spring = ana.commons("Vertiente")
    records = [ana.founding, eva.founding, spring, erasure(eva, spring, NOW_MS + DAY)]
    async with node_with(tmp_path, records) as client:
        text = text_of(await read_page(client, f"{thing_path(spring)}?lang=en"))
        assert "taken out" not in text
