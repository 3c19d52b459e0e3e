"""Addresses of peers: every form people write, every form that must be refused, and who may be told."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.peers.addresses import (
    ADDRESS_LENGTH_MAX_CHARACTERS,
    BadAddress,
    PeerAddress,
    Reach,
    may_be_passed_on,
    reach_of_host,
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("192.168.1.20", "ws://192.168.1.20:7447/sync"),
        ("192.168.1.20:8000", "ws://192.168.1.20:8000/sync"),
        ("  Nodo.Example.ORG. ", "ws://nodo.example.org:7447/sync"),
        ("ws://nodo.example.org", "ws://nodo.example.org:80/sync"),
        ("WSS://nodo.example.org/", "wss://nodo.example.org:443/sync"),
        ("wss://nodo.example.org/minga/sync", "wss://nodo.example.org:443/minga/sync"),
        ("[fd00::0001]", "ws://[fd00::1]:7447/sync"),
        ("[FD00::1]:9", "ws://[fd00::1]:9/sync"),
        ("[fe80::1%eth0]:7447", "ws://[fe80::1%25eth0]:7447/sync"),
        ("ws://[fe80::1%25eth0]:7447/sync", "ws://[fe80::1%25eth0]:7447/sync"),
        ("[fe80::1%253]", "ws://[fe80::1%25253]:7447/sync"),  # bare: interface number 253
        ("ws://[fe80::1%253]:7447", "ws://[fe80::1%253]:7447/sync"),  # in a URL: interface number 3
        ("[::ffff:10.0.0.1]:7447", "ws://10.0.0.1:7447/sync"),
        ("localhost:1", "ws://localhost:1/sync"),
        ("año.example:65535", "ws://xn--ao-zja.example:65535/sync"),
    ],
)
def test_every_form_has_one_canonical_form(text: str, canonical: str) -> None:
    address = PeerAddress.parse(text)
    assert address.url == canonical
    assert PeerAddress.parse(canonical) == address


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("http://a", "ws://"),
        (":7447", "host is missing"),
        ("ws://:7447/", "host is missing"),
        ("a:0", "port"),
        ("a:65536", "port"),
        ("a:", "port"),
        ("a:+80", "port"),
        ("a:٣", "port"),
        ("a:080000", "port"),
        ("fe80::1", "brackets"),
        ("::1:7447", "brackets"),
        ("[fd00::1", "close the bracket"),
        ("[fd00::1]7447", "close the bracket"),
        ("[10.0.0.1]:7447", "only an IPv6"),
        ("[fd00::1%eth0]", "leave it out"),
        ("[fe80::1]", "needs its interface"),
        ("[fe80::1%]", "interface"),
        ("[fe80::1%a b]", "interface"),
        ("[fd00:::1]", "not an IP address"),
        ("127.1", "not an IP address"),
        ("0x7f000001", "not an IP address"),
        ("2130706433:80", "not an IP address"),
        ("1.2.3.0x4", "not an IP address"),
        ("010.0.0.1", "not an IP address"),
        ("0.0.0.0:7447", "nobody"),
        ("[::]:7447", "nobody"),
        ("224.0.0.251", "nobody"),
        ("[ff02::fb]", "nobody"),
        ("255.255.255.255", "nobody"),
        ("user:secret@host", "user name"),
        ("ws://user@host", "user name"),
        ("ws://host/a?b", "path"),
        ("ws://host/a b", "path"),
        ("ws://host/\r\nHost: x", "path"),
        ("a..b", "not the name"),
        ("-a.b", "not the name"),
        ("a b", "not the name"),
        ("a/b", "not the name"),
        ("a\x00b", "not the name"),
        ("x" * 64 + ".org", "not the name"),
        (".".join(["abcdefgh"] * 29), "not the name"),
    ],
)
def test_what_is_not_an_address_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(BadAddress, match=says) as caught:
        PeerAddress.parse(text)
    assert str(caught.value).isprintable()


def test_an_address_is_repeated_as_people_write_it_and_short() -> None:
    with pytest.raises(BadAddress, match=r"^infocentro ñuca: infocentro ñuca is not"):
        PeerAddress.parse("infocentro ñuca")
    with pytest.raises(BadAddress) as caught:
        PeerAddress.parse("\u202e" + "x" * 300)
    assert str(caught.value).startswith("\\u202e" + "x" * 79 + "…")


def test_the_length_limit_holds_at_it_and_past_it() -> None:
    start = "ws://host/"
    longest = start + "p" * (ADDRESS_LENGTH_MAX_CHARACTERS - len(start))
    assert PeerAddress.parse(longest).host == "host"
    with pytest.raises(BadAddress, match="longer"):
        PeerAddress.parse(longest + "p")


@given(st.text() | st.text("ws:/.[]%@0123456789abcdefx-ñ", min_size=1, max_size=40))
def test_any_text_is_an_address_or_refused_and_the_canonical_form_is_stable(text: str) -> None:
    try:
        address = PeerAddress.parse(text)
    except BadAddress:
        return
    assert PeerAddress.parse(address.url) == address
    assert address.url.isascii()
    assert 1 <= address.port <= 65535


@given(st.ip_addresses(), st.integers(1, 65535))
def test_no_spelling_of_an_ip_hides_its_reach(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    text = f"{ip}%eth0" if ip.version == 6 and ip.is_link_local else str(ip)
    try:
        address = PeerAddress.of_ip(text, port)
    except BadAddress:
        return
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    plain = mapped or ip
    assert (address.reach is Reach.LOOPBACK) == plain.is_loopback
    assert address.reach is not Reach.PUBLIC or plain.is_global


@pytest.mark.parametrize(
    ("host", "reach"),
    [
        ("127.9.9.9", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("localhost", Reach.LOOPBACK),
        ("a.localhost", Reach.LOOPBACK),
        ("fe80::1%eth0", Reach.LINK_LOCAL),
        ("169.254.3.4", Reach.LINK_LOCAL),
        ("printer.local", Reach.LINK_LOCAL),
        ("10.1.2.3", Reach.PRIVATE),
        ("172.31.0.1", Reach.PRIVATE),
        ("192.168.0.1", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("fd00::1", Reach.PRIVATE),
        ("nodo", Reach.PRIVATE),
        ("nodo.lan", Reach.PRIVATE),
        ("172.32.0.1", Reach.PUBLIC),
        ("2606:4700::1", Reach.PUBLIC),
        ("nodo.example.org", Reach.PUBLIC),
        ("192.0.2.1", Reach.RESERVED),
        ("2001:db8::1", Reach.RESERVED),
        ("224.0.0.1", Reach.RESERVED),
    ],
)
def test_reach(host: str, reach: Reach) -> None:
    assert reach_of_host(host) is reach


def test_who_may_be_told_what() -> None:
    told = {
        (reach, peer)
        for peer in Reach
        for host, reach in [
            ("127.0.0.1", Reach.LOOPBACK),
            ("169.254.1.1", Reach.LINK_LOCAL),
            ("10.0.0.1", Reach.PRIVATE),
            ("9.9.9.9", Reach.PUBLIC),
            ("192.0.2.1", Reach.RESERVED),
        ]
        if may_be_passed_on(PeerAddress.parse(host), peer)
    }
    assert told == {(Reach.PUBLIC, peer) for peer in Reach} | {
        (Reach.PRIVATE, Reach.PRIVATE),
        (Reach.PRIVATE, Reach.LINK_LOCAL),
    }
