"""Where a range whose fingerprints differ is cut.  The protocol leaves it free: peers need not agree."""

from collections.abc import Callable, Sequence
from hashlib import blake2b

from protocol.reconcile.items import Item
from protocol.reconcile.wire import Bound

BUCKETS = 16

# Below two items a bucket, the ids themselves are as short as the fingerprints and end the matter.
ID_LIST_BELOW_ITEMS = 2 * BUCKETS

SEED_SIZE_BYTES = 32

# Takes the number of items of a range (at least 32); gives the ranks, from the start of the range,
# at which its second and later buckets begin: ascending, none 0, all below the number.
Split = Callable[[int], Sequence[int]]


def even_split(count: int) -> list[int]:
    """Cut into 16 buckets, the first `count mod 16` one item larger, as other implementations do."""
    size, larger = divmod(count, BUCKETS)
    return [size * number + min(number, larger) for number in range(1, BUCKETS)]


def random_split(seed: bytes, buckets: int = BUCKETS) -> Split:
    """Return a split whose cuts an attacker without the seed cannot foresee.

    Two sets of ids with the same sum can be prepared by choosing among many ids (generalised birthday,
    Wagner 2002: a few hundred items and 2^29 hashes).  The forgery holds only while no cut falls among
    its items: one of k among n items survives a session with a probability near (1 − k/n)^(buckets − 1),
    so sessions that differ find it sooner or later, and those with more buckets sooner.

    seed: 32 fresh random bytes; the same seed gives the same cuts.  The first call may cut into `buckets`
    pieces; the next ones into 16, since a reply holds many splits.
    """
    if len(seed) != SEED_SIZE_BYTES:
        raise ValueError(f"a split needs a seed of {SEED_SIZE_BYTES} bytes")
    calls = 0

    def split(count: int) -> list[int]:
        nonlocal calls
        pieces = buckets if calls == 0 else BUCKETS
        calls += 1
        cuts = set()
        for number in range(1, pieces):
            digest = blake2b(b"%d.%d" % (calls, number), key=seed, digest_size=16).digest()
            cuts.add(1 + int.from_bytes(digest, "big") % (count - 1))
        return sorted(cuts)

    return split


def bound_between(left: Item, right: Item) -> Bound:
    """Return the shortest bound above `left`, not above `right`: a prefix only where times are equal."""
    if left.seconds != right.seconds:
        return Bound(right.seconds, b"")
    shared = 0
    while left.id[shared] == right.id[shared]:
        shared += 1
    return Bound(right.seconds, right.id[: shared + 1])
