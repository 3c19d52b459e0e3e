"""Whoever does not get through the handshake gets nothing else either."""

import asyncio
import os
import random

from node.peers.link import CloseCode
from protocol.errors import ProtocolError
from tests.node.hostile.attacker import Attacker, HungUp, attackers
from tests.node.hostile.conftest import Target

SEED = random.randrange(2**32)


async def fails(attacker: Attacker) -> bool:
    """Whether the node hangs up, or answers with what does not open: a changed key is found by this side."""
    try:
        attacker.channel.receive(await attacker.receive_frame())
        await attacker.end()
    except (HungUp, ProtocolError):
        return True
    return not attacker.channel.established


async def test_random_bytes_are_refused(target: Target) -> None:
    dice = random.Random(SEED)
    async with attackers(target.address) as attack:
        for size in [1, 31, 33, 47, 49, 65_535, *(dice.randrange(2_000) for _ in range(12))]:
            attacker = await attack.raw()
            await attacker.websocket.send_bytes(dice.randbytes(size))
            end = await attacker.end()
            # 32 bytes of anything are an ephemeral key: the fault shows with the next frame.
            assert end.code in (CloseCode.PROTOCOL_ERROR, CloseCode.WRONG_NETWORK, CloseCode.TOO_BIG), (
                SEED,
                size,
            )
        attacker = await attack.raw()
        await attacker.websocket.send_str("GET / HTTP/1.1")
        assert (await attacker.end()).code == CloseCode.PROTOCOL_ERROR
    await target.is_unharmed()


async def test_changed_and_cut_handshakes_are_refused(target: Target) -> None:
    dice = random.Random(SEED)
    async with attackers(target.address) as attack:
        for frame_number in (0, 1):
            for _ in range(12):
                attacker = await attack.raw()
                frames = attacker.channel.start()
                if frame_number:
                    await attacker.websocket.send_bytes(frames[0])
                    events = attacker.channel.receive(await attacker.receive_frame())
                    frames = [event.frame for event in events if hasattr(event, "frame")]
                frame = bytearray(frames[0])
                if dice.random() < 0.5:
                    frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
                else:
                    del frame[dice.randrange(len(frame)) :]
                await attacker.websocket.send_bytes(frame)
                assert await fails(attacker)
                await attacker.websocket.close()
    await target.is_unharmed()


async def test_another_network_and_another_key_are_told_so(target: Target) -> None:
    async with attackers(target.address) as attack:
        attacker = await attack.raw(network="elsewhere")
        for frame in attacker.channel.start():
            await attacker.websocket.send_bytes(frame)
        assert await fails(attacker)
        attacker = await attack.raw(psk=os.urandom(32))
        await attacker.websocket.send_bytes(attacker.channel.start()[0])
        assert (await attacker.end()).code == CloseCode.WRONG_NETWORK
    await target.is_unharmed()


async def test_a_recorded_handshake_and_recorded_frames_are_worth_nothing(target: Target) -> None:
    async with attackers(target.address) as attack:
        recorded: list[bytes] = []
        honest = await attack.raw()
        send = honest.websocket.send_bytes

        async def noted(frame: bytes) -> None:
            recorded.append(frame)
            await send(frame)

        honest.websocket.send_bytes = noted  # type: ignore[method-assign, assignment]
        await honest.shake_hands()
        await honest.greet()
        replay = await attack.raw()
        await replay.websocket.send_bytes(recorded[0])
        await replay.receive_frame()
        await replay.websocket.send_bytes(recorded[1])
        assert (await replay.end()).code == CloseCode.PROTOCOL_ERROR
        # The last frame once more, on the connection that it was made for.
        await send(recorded[-1])
        end = await honest.end()
        assert (end.code, end.reason) == (CloseCode.PROTOCOL_ERROR, "bad-signature")
    await target.is_unharmed()


async def test_hundreds_who_only_connect_keep_nobody_out(target: Target) -> None:
    before = target.rss_bytes()
    async with attackers(target.address, "127.0.0.2") as attack:
        host, _, port = target.address.partition(":")
        silent = [
            await asyncio.open_connection(host, int(port), local_addr=("127.0.0.3", 0)) for _ in range(400)
        ]
        waiting = await asyncio.gather(*(attack.raw() for _ in range(200)), return_exceptions=True)
        let_in = [one for one in waiting if isinstance(one, Attacker)]
        assert 0 < len(let_in) <= 8  # peers.per_ip_max
        await target.is_unharmed()
        assert target.rss_bytes() - before < 40_000_000
        for _, writer in silent:
            writer.close()
