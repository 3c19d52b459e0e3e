"""The same as data: shapes that programs can rely on, and bytes that anybody can check."""

from base64 import b64decode
from hashlib import blake2b
from pathlib import Path

from nacl.signing import VerifyKey

from protocol.identifiers import id_text
from protocol.keys import did_key, parse_did_key
from protocol.record.verification import verify_record
from tests.node.store.samples import NOW_MS, Person, point
from tests.node.web.readers import founded, node_with, signed, thing_path


async def test_the_list_as_data(tmp_path: Path) -> None:
    ana = Person("Ana")
    land = ana.commons("Laguna", geometry=point(-78.5, -1.25), time_ms=NOW_MS + 1_000)
    async with node_with(tmp_path, [ana.founding, land, ana.commons("Otra")]) as client:
        for path, headers in (
            ("/index.json?kind=commons&limit=1", {}),
            ("/?format=json&kind=commons&limit=1", {"Accept": "text/html"}),
            ("/?kind=commons&limit=1", {"Accept": "application/json"}),
            ("/?kind=commons&limit=1", {"Accept": "text/html;q=0.5, application/json"}),
        ):
            answer = await client.get(path, headers=headers)
            assert answer.content_type == "application/json"
            data = await answer.json()
            assert data["node"] == {
                "name": "Nodo de la laguna",
                "node": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
                "software": "minga/0.1.0",
                "network": "commons",
                "peers_connected": 1,
                "takes_in": "open",
                "set_aside": 0,
            }
            assert (data["records"], data["things_by_kind"]) == (3, {"commons": 2, "actor": 1})
            assert data["things"] == [
                {
                    "id": id_text(land.subject),
                    "kind": "commons",
                    "title": {"es": "Laguna"},
                    "status": "own",
                    "voice": "own",
                    "versions_side_by_side": 1,
                    "author": id_text(ana.id),
                    "record": id_text(land.id),
                    "middle": [-78.5, -1.25],
                    "page": thing_path(land),
                }
            ]
        following = await (await client.get(data["next"])).json()
        assert [thing["title"]["es"] for thing in following["things"]] == ["Otra"]
        assert following["next"] is None


async def test_browsers_and_plain_clients_get_pages(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        for accept in (
            "*/*",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "",
            "image/png",
            "application/json;q=0",
        ):
            answer = await client.get("/", headers={"Accept": accept})
            assert (answer.status, answer.content_type) == (200, "text/html")


async def test_a_pact_as_data_says_who_answered(tmp_path: Path) -> None:
    town, village = Person("Municipio", threshold=2, keys=2), Person("Aldea")
    pact = town.pact(village, "Pacto del río")
    second = town.cosign(pact, 1)
    records = [*founded(town), village.founding, pact, second, village.consent(pact)]
    async with node_with(tmp_path, records) as client:
        data = await (await client.get(thing_path(pact, "?format=json"))).json()
        assert (data["kind"], data["status"], data["voice"], data["line"]) == (
            "pact",
            "partly_signed",
            "own",
            "own",
        )
        assert data["content"]["parties"][0]["actor"] == id_text(town.id)
        assert data["pact"]["in_force"] is None
        answers = data["pact"]["answers"][id_text(pact.id)]
        assert [answer["answer"] for answer in answers] == ["none", "consent"]
        assert data["records_total"] == 2
        version = next(record for record in data["records"] if record["kind"] == "pact")
        assert version["effect"] == "effective"
        assert version["signatures_needed"] == 2
        assert version["signed_by"] == sorted(did_key(key.public) for key in town.keys)


async def test_a_record_can_be_checked_from_its_data_alone(tmp_path: Path) -> None:
    ana = Person("Ana")
    square = {"type": "Polygon", "coordinates": [[0, 0, 90_000, 0, 90_000, 90_000, 0, 0]]}
    land = ana.commons("Laguna", geometry=square, salt=bytes(16))
    async with node_with(tmp_path, [ana.founding, land]) as client:
        answer = await client.get(f"/record/{id_text(land.id)}?format=json")
        data = await answer.json()
        key = parse_did_key(data["signer"])
        # By the words of `how_to_check` alone, with nothing of ours.
        VerifyKey(key[2:]).verify(b64decode(data["signed"]), b64decode(data["signature"]))
        header, content = b64decode(data["header_bytes"]), b64decode(data["content_bytes"])
        assert blake2b(b"minga/1/id\0" + header, digest_size=32).digest() == land.id
        fingerprint = blake2b(b"minga/1/payload\0" + content, digest_size=32).hexdigest()
        assert data["content_fingerprint"] == fingerprint
        assert data["content_size_bytes"] == len(content)
        assert (data["id"], data["thing"], data["kind"]) == (id_text(land.id), id_text(land.id), "commons")
        assert (data["actor"], data["actor_version"]) == (id_text(ana.id), id_text(ana.auth))
        assert (data["time_ms"], data["time"]) == (NOW_MS, "2025-10-09T08:53:20.000+00:00")
        assert data["content"]["geometry"] == {
            "type": "Polygon",
            "coordinates": [[[0.0, 0.0], [0.009, 0.0], [0.009, 0.009], [0.0, 0.0]]],
        }
        assert data["content"]["stewards"] == [{"name": {"es": "Ana"}, "actor": id_text(ana.id)}]
        assert data["bbox"] == [0.0, 0.0, 0.009, 0.009]
        assert verify_record(land.envelope, NOW_MS).id == land.id


async def test_an_actor_as_data_lists_its_versions(tmp_path: Path) -> None:
    ana = Person("Ana")
    founding, rotated = ana.founding, ana.rotate("clave nueva")
    async with node_with(tmp_path, [founding, rotated]) as client:
        data = await (await client.get(thing_path(founding, "?format=json"))).json()
        assert (data["kind"], data["status"]) == ("actor", "founded")
        assert data["version_shown"] == id_text(rotated.id)
        assert {(record["id"], record["effect"]) for record in data["records"]} == {
            (id_text(founding.id), "stands"),
            (id_text(rotated.id), "stands"),
        }


async def test_kinds_of_other_people_come_out_as_they_went_in(tmp_path: Path) -> None:
    ana = Person("Ana")
    song = signed(ana, "org.example.song", {"words": ["la", "lá"], "cover": b"\0\1", "of": ana.id})
    async with node_with(tmp_path, [ana.founding, song]) as client:
        data = await (await client.get(f"/record/{id_text(song.id)}?format=json")).json()
        assert data["content"] == {"words": ["la", "lá"], "cover": "AAE=", "of": id_text(ana.id)}


async def test_health_is_that_of_the_store(tmp_path: Path) -> None:
    async with node_with(tmp_path, [Person("Ana").founding]) as client:
        answer = await client.get("/healthz")
        assert (answer.status, await answer.json()) == (200, {"status": "ok", "records": 1})
