"""Links between real sockets: what passes, what is refused, and that others are served meanwhile."""

import asyncio
import os
import socket

import aiohttp
import pytest
from aiohttp import web

from node.peers.addresses import PeerAddress
from node.peers.inbound import InboundLimits, source_of
from node.peers.link import (
    MESSAGE_OVERHEAD_BYTES,
    SEND_BACKLOG_MAX_BYTES,
    CloseCode,
    LinkClosed,
    LinkTiming,
    SecureLink,
)
from node.peers.websocket import DialFailed, ReachedSelf, dial, dialling_session
from protocol.channel.identity import node_id_of
from protocol.channel.transport import Role
from protocol.errors import HandshakeFailed, Malformed, Misbehaviour, OverLimit, ProtocolError
from protocol.limits import MESSAGE_SIZE_MAX_BYTES, NOISE_MESSAGE_SIZE_MAX_BYTES
from tests.node.peers.doors import Door, echo, keys, open_door


async def still_served(door: Door) -> None:
    """Assert that an honest peer gets its answer."""
    async with dialling_session() as session, await dial(session, door.address, keys(9)) as link:
        await link.send(b"still there?")
        assert await link.receive() == b"still there?"


async def test_both_ends_know_one_another_and_messages_of_every_size_pass_in_order() -> None:
    seen: list[bytes] = []

    async def serve(link: SecureLink) -> None:
        seen.append(link.node_id)
        assert link.inbound
        assert link.remote == "127.0.0.1"
        await echo(link)

    sizes = [1, 2, 65_517, 65_518, 65_519, 200_000, MESSAGE_SIZE_MAX_BYTES]
    async with open_door(serve) as door, dialling_session() as session:
        async with await dial(session, door.address, keys(2)) as link:
            assert link.node_id == node_id_of(b"\x01" * 32)
            for size in sizes:
                message = os.urandom(size)
                await link.send(message)
                assert await link.receive() == message
            assert seen == [node_id_of(b"\x02" * 32)]
            with pytest.raises(OverLimit):
                await link.send(bytes(MESSAGE_SIZE_MAX_BYTES + 1))
            with pytest.raises(ValueError, match="empty"):
                await link.send(b"")
            await link.send(b"the link is as good as before")
            assert await link.receive() == b"the link is as good as before"
        closed = await door.ended.get()
        assert isinstance(closed, LinkClosed)
        assert closed.code == CloseCode.NORMAL


async def test_ten_thousand_tiny_messages_arrive_in_order() -> None:
    async with (
        open_door() as door,
        dialling_session() as session,
        await dial(session, door.address, keys(2)) as link,
    ):

        async def send_all() -> None:
            for number in range(10_000):
                await link.send(number.to_bytes(2, "big"))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(send_all())
            for number in range(10_000):
                assert await link.receive() == number.to_bytes(2, "big")


async def test_what_was_sent_before_close_arrives() -> None:
    received: list[bytes] = []

    async def serve(link: SecureLink) -> None:
        while True:
            received.append(await link.receive())

    async with open_door(serve) as door, dialling_session() as session:
        async with await dial(session, door.address, keys(2)) as link:
            for _ in range(5):
                await link.send(bytes(100_000))
            await link.close(CloseCode.DUPLICATE, "another link to the same node")
        closed = await door.ended.get()
        assert isinstance(closed, LinkClosed)
        assert (closed.code, closed.reason) == (CloseCode.DUPLICATE, "another link to the same node")
        assert len(received) == 5
        with pytest.raises(LinkClosed):
            await link.send(b"too late")
        with pytest.raises(LinkClosed):
            await link.receive()


async def test_no_compression_and_no_delay() -> None:
    async with open_door() as door, aiohttp.ClientSession() as session:
        url = door.address.url
        async with session.ws_connect(url, compress=15) as websocket:
            assert websocket.compress == 0
    async with (
        open_door() as door,
        dialling_session() as dialler,
        await dial(dialler, door.address, keys(2)) as link,
    ):
        raw = link._websocket.get_extra_info("socket")
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (keys(1, "valley"), keys(2, "coast")),
        (keys(1, network_key=b"k" * 32), keys(2, network_key=b"j" * 32)),
        (keys(1, network_key=b"k" * 32), keys(2)),
        (keys(1), keys(2, network_key=b"k" * 32)),
    ],
)
async def test_another_network_is_turned_away_on_both_sides(ours, theirs) -> None:
    async with open_door(own=ours) as door, dialling_session() as session:
        with pytest.raises((LinkClosed, ProtocolError)):
            async with await dial(session, door.address, theirs) as link:
                await link.receive()
        assert door.ended.empty()
        async with await dial(session, door.address, keys(3, ours.network, ours.network_key)) as link:
            await link.send(b"x")
            assert await link.receive() == b"x"


async def test_another_node_than_the_expected_one_is_refused() -> None:
    async with open_door() as door, dialling_session() as session:
        with pytest.raises(HandshakeFailed):
            await dial(session, door.address, keys(2), expected_peer=node_id_of(b"\x07" * 32))
        good = await dial(session, door.address, keys(2), expected_peer=node_id_of(b"\x01" * 32))
        await good.close()


async def test_dialling_oneself_is_noticed() -> None:
    async with open_door() as door, dialling_session() as session:
        with pytest.raises(ReachedSelf):
            await dial(session, door.address, keys(1))
        assert door.ended.empty()


@pytest.mark.parametrize("size", [0, 1, 31, 33, 48, 1_000, NOISE_MESSAGE_SIZE_MAX_BYTES])
async def test_garbage_instead_of_a_handshake(size: int) -> None:
    async with open_door() as door, aiohttp.ClientSession() as session:
        async with session.ws_connect(door.address.url) as websocket:
            await websocket.send_bytes(os.urandom(size))
            answer = await websocket.receive()
            assert answer.type is aiohttp.WSMsgType.CLOSE
            assert answer.data in (CloseCode.PROTOCOL_ERROR, CloseCode.TOO_BIG, CloseCode.WRONG_NETWORK)
        assert isinstance((await door.faults.get())[1], ProtocolError)
        await still_served(door)


async def test_a_text_frame_and_a_huge_frame_before_the_handshake() -> None:
    async with open_door() as door, aiohttp.ClientSession() as session:
        async with session.ws_connect(door.address.url) as websocket:
            await websocket.send_str("hello")
            assert (await websocket.receive()).data == CloseCode.PROTOCOL_ERROR
        async with session.ws_connect(door.address.url) as websocket:
            await websocket.send_bytes(bytes(NOISE_MESSAGE_SIZE_MAX_BYTES + 1))
            assert (await websocket.receive()).data == CloseCode.TOO_BIG
        assert isinstance((await door.faults.get())[1], Misbehaviour)
        assert isinstance((await door.faults.get())[1], OverLimit)
        await still_served(door)


async def test_random_bytes_on_the_socket() -> None:
    async with open_door() as door:
        for _ in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", door.address.port)
            writer.write(os.urandom(512) + b"\r\n\r\n")
            writer.write_eof()
            await reader.read()
            writer.close()
        await still_served(door)


async def test_faults_after_the_handshake_close_the_link_and_say_why() -> None:
    faults = [
        (lambda link: link._websocket.send_str("hello"), Misbehaviour, CloseCode.NOT_BINARY),
        (lambda link: link._websocket.send_bytes(os.urandom(100)), ProtocolError, CloseCode.PROTOCOL_ERROR),
        (lambda link: link._websocket.send_bytes(b""), ProtocolError, CloseCode.PROTOCOL_ERROR),
        (
            lambda link: link._websocket.send_bytes(bytes(NOISE_MESSAGE_SIZE_MAX_BYTES)),
            ProtocolError,
            CloseCode.PROTOCOL_ERROR,
        ),
        (
            lambda link: link._websocket.send_bytes(bytes(NOISE_MESSAGE_SIZE_MAX_BYTES + 1)),
            OverLimit,
            CloseCode.TOO_BIG,
        ),
    ]
    async with open_door() as door, dialling_session() as session:
        for act, fault, code in faults:
            async with await dial(session, door.address, keys(2)) as link:
                await act(link)
                with pytest.raises(LinkClosed) as closed:
                    await link.receive()
                assert closed.value.code == code
            assert isinstance(await door.ended.get(), fault)
        await still_served(door)


async def test_a_broken_websocket_is_malformed() -> None:
    async with open_door() as door, dialling_session() as session:
        async with await dial(session, door.address, keys(2)) as link:
            os.write(
                link._websocket.get_extra_info("socket").fileno(), b"\xf7\xff\xff\xff"
            )  # reserved bits and opcode
            with pytest.raises(LinkClosed):
                await link.receive()
        assert isinstance(await door.ended.get(), Malformed)
        await still_served(door)


async def test_a_peer_that_does_not_read_costs_a_bounded_backlog_and_then_the_link() -> None:
    most = 0

    async def serve(link: SecureLink) -> None:
        nonlocal most
        while True:
            await link.send(bytes(60_000))
            most = max(most, link.backlog_bytes)

    async with (
        open_door(serve, timing=LinkTiming(stall_max_s=0.5, close_s=1)) as door,
        dialling_session() as session,
    ):
        link = await dial(session, door.address, keys(2))
        closed = await door.ended.get()  # we never receive
        assert isinstance(closed, LinkClosed)
        assert closed.code == CloseCode.STALLED
        assert SEND_BACKLOG_MAX_BYTES / 2 < most <= SEND_BACKLOG_MAX_BYTES
        await link.close()


async def test_the_backlog_takes_no_more_than_its_limit_however_small_the_messages() -> None:
    async with (
        open_door() as door,
        dialling_session() as session,
        await dial(session, door.address, keys(2)) as link,
    ):
        fitting = SEND_BACKLOG_MAX_BYTES // (1 + MESSAGE_OVERHEAD_BYTES)
        assert all(link.offer(b"x") for _ in range(fitting))  # the writer has had no turn yet
        assert not link.offer(b"x")
        for _ in range(fitting):
            await link.receive()
        assert link.offer(bytes(2 * SEND_BACKLOG_MAX_BYTES))  # alone, a longer one passes
        assert not link.offer(b"x")
        assert len(await link.receive()) == 2 * SEND_BACKLOG_MAX_BYTES


async def test_a_silent_peer_is_noticed_and_a_quiet_one_is_kept() -> None:
    async def listen(link: SecureLink) -> None:
        while True:
            await link.receive()

    # The quiet one has 1.8 s to answer a ping: this process may stand still for a while.
    quick = LinkTiming(heartbeat_s=0.2, silence_max_s=2)
    async with open_door(listen, timing=quick) as door, dialling_session() as session:
        quiet = await dial(session, door.address, keys(2))
        silent = await dial(session, door.address, keys(3), timing=LinkTiming())
        quiet_ends = asyncio.create_task(quiet.receive())  # answers pings; `silent` never listens
        closed = await door.ended.get()
        assert isinstance(closed, LinkClosed)
        assert "nothing heard" in closed.reason
        with pytest.raises(LinkClosed):
            await silent.receive()
        assert not quiet_ends.done()
        await quiet.close()
        with pytest.raises(LinkClosed):
            await quiet_ends
        await silent.close()


async def test_a_crowd_past_the_limit_is_told_503_and_there_is_room_again_afterwards() -> None:
    async with open_door(limits=InboundLimits(total_max=3)) as door, dialling_session() as session:
        links = [await dial(session, door.address, keys(2 + number)) for number in range(3)]
        for _ in range(20):
            with pytest.raises(DialFailed, match="503"):
                await dial(session, door.address, keys(8))
        for link in links:
            await link.send(b"served")
            assert await link.receive() == b"served"
        await links[0].close()
        await door.ended.get()
        await still_served(door)
        for link in links[1:]:
            await link.close()


async def test_one_source_has_its_own_limit() -> None:
    async with (
        open_door(limits=InboundLimits(per_source_max=1)) as door,
        dialling_session() as session,
        await dial(session, door.address, keys(2)),
    ):
        with pytest.raises(DialFailed, match="503"):
            await dial(session, door.address, keys(3))


async def test_strangers_who_say_nothing_are_few_and_gone_after_the_time_limit() -> None:
    limits, timing = InboundLimits(half_open_max=2), LinkTiming(handshake_s=2)
    async with open_door(limits=limits, timing=timing) as door, aiohttp.ClientSession() as session:
        mute = [await session.ws_connect(door.address.url) for _ in range(2)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(door.address.url)
        assert refused.value.status == 503
        for websocket in mute:
            assert (await websocket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        await still_served(door)


async def test_the_banned_are_turned_away_and_web_browsers_told_what_this_is() -> None:
    async with open_door() as door, dialling_session() as session:
        async with session.get(door.address.url.replace("ws:", "http:")) as answer:
            assert answer.status == 426
        door.banned.add("127.0.0.1")
        with pytest.raises(DialFailed, match="refuses"):
            await dial(session, door.address, keys(2))


async def test_a_door_that_closes_says_goodbye() -> None:
    async with open_door() as door, dialling_session() as session:
        async with await dial(session, door.address, keys(2)) as link:
            receiving = asyncio.create_task(link.receive())
            await door.door.close()
            with pytest.raises(LinkClosed) as closed:
                await receiving
            assert closed.value.code == CloseCode.GOING_AWAY
        with pytest.raises(DialFailed, match="503"):
            await dial(session, door.address, keys(2))


async def test_dialling_what_is_not_a_node() -> None:
    async with dialling_session() as session:
        with socket.socket() as closed_port:
            closed_port.bind(("127.0.0.1", 0))
            with pytest.raises(
                DialFailed, match=r"^ws://127\.0\.0\.1:\d+/sync: nobody answers there \([^()]+\)$"
            ):
                await dial(session, PeerAddress.of_ip("127.0.0.1", closed_port.getsockname()[1]), keys(2))
        with pytest.raises(DialFailed, match=r"nowhere\.invalid is not the name of a machine$"):
            await dial(session, PeerAddress.parse("nowhere.invalid"), keys(2))

        async def elsewhere(_request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})

        async def mute(request: web.Request) -> web.WebSocketResponse:
            websocket = web.WebSocketResponse()
            await websocket.prepare(request)
            await websocket.receive()
            await websocket.receive()
            return websocket

        app = web.Application()
        app.router.add_get("/moved", elsewhere)
        app.router.add_get("/mute", mute)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"ws://127.0.0.1:{runner.addresses[0][1]}"
        with pytest.raises(DialFailed, match="404"):
            await dial(session, PeerAddress.parse(base + "/sync"), keys(2))
        with pytest.raises(DialFailed, match="redirects"):
            await dial(session, PeerAddress.parse(base + "/moved"), keys(2))
        with pytest.raises(DialFailed, match="no handshake"):
            await dial(
                session, PeerAddress.parse(base + "/mute"), keys(2), timing=LinkTiming(handshake_s=0.5)
            )
        await runner.cleanup()


async def test_a_link_that_is_left_by_an_error_tells_the_peer_whose_fault_it_was() -> None:
    async def serve(link: SecureLink) -> None:
        await link.receive()
        raise OverLimit("too many things at once")

    async with (
        open_door(serve) as door,
        dialling_session() as session,
        await dial(session, door.address, keys(2)) as link,
    ):
        await link.send(b"x")
        with pytest.raises(LinkClosed) as closed:
            await link.receive()
        assert (closed.value.code, closed.value.reason) == (CloseCode.TOO_BIG, "over-limit")


def test_keys_never_show_their_secrets() -> None:
    assert repr(keys(1, network_key=b"k" * 32)) == "ChannelKeys(network='test')"
    assert keys(1).channel(Role.INITIATOR).start() != keys(1).channel(Role.INITIATOR).start()


@pytest.mark.parametrize(
    ("ip", "source"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("unknown", "unknown"),
    ],
)
def test_what_counts_as_one_source(ip: str, source: str) -> None:
    assert source_of(ip) == source
