"""Sets for the reconciliation tests, and a session between two of them."""

from hashlib import sha256

from hypothesis import strategies as st

from protocol.reconcile.items import Item, SortedItems


def digest_item(name, number, spread=1_000, base=1_700_000_000):
    """An item whose time and id follow from a name and a number."""
    digest = sha256(f"{name}:{number}".encode()).digest()
    return Item(base + int.from_bytes(sha256(digest).digest()[:4], "big") % spread, digest)


def sealed(items):
    made = SortedItems()
    for item in items:
        made.insert(item)
    made.seal()
    return made


@st.composite
def two_sets(draw):
    """Two sets of up to 1,500 items that share a drawn part; times crowd or spread as drawn."""
    name = draw(st.integers(0, 2**32))
    count = draw(st.one_of(st.integers(0, 80), st.integers(0, 1_500)))
    shares = draw(
        st.sampled_from([(0, 0, 1), (1, 0, 0), (0, 1, 0), (1, 1, 1), (1, 1, 20), (1, 0, 300), (5, 1, 9)])
    )
    spread = draw(st.sampled_from([1, 3, 50, 10_000, 2_000_000_000]))
    ours, theirs = set(), set()
    for number in range(count):
        item = digest_item(name, number, spread)
        side = item.id[0] * 256 + item.id[1]
        side %= sum(shares)
        if side < shares[0]:
            ours.add(item)
        elif side < shares[0] + shares[1]:
            theirs.add(item)
        else:
            ours.add(item)
            theirs.add(item)
    return ours, theirs


def converse(initiator, responder, between=lambda: None):
    """Run a session to its end; return every id reported, in order, and the messages."""
    have, need, messages = [], [], [initiator.initiate()]
    while messages[-1] is not None:
        between()
        messages.append(responder.respond(messages[-1]))
        between()
        step = initiator.advance(messages[-1])
        have += step.have
        need += step.need
        messages.append(step.next)
    return have, need, messages[:-1]


def ids(items):
    return {item.id for item in items}
