"""Every limit of the protocol, its unit last in its name, and the reason for it.

Each is tested at its value and just past it.  A limit that another implementation
must share is part of docs/protocol.md §11.
"""

# --- values (docs/protocol.md §2) ------------------------------------------------------

# A geometry nests 4 arrays inside 3 maps; 16 leaves room for kinds to come and is far from
# any decoder's recursion limit.
DEPTH_MAX = 16

# ±(2^53 − 1): the integers that JSON readers of every language hold exactly (RFC 8259 §6).
INTEGER_MAX = 2**53 - 1

# --- records (docs/protocol.md §4) -----------------------------------------------------

# Ten times a header with one parent; 32 parents and the longest kind fit.
HEADER_SIZE_MAX_BYTES = 2_048

# A multipolygon of 40,000 points, or a list of 10,000 upheld records, and no photo.
PAYLOAD_SIZE_MAX_BYTES = 524_288

# Header, payload, the largest proof, and the framing between them.
ENVELOPE_SIZE_MAX_BYTES = PAYLOAD_SIZE_MAX_BYTES + HEADER_SIZE_MAX_BYTES + 1_024

# More concurrent versions than people will ever merge at once; 32 × 34 bytes fit the header.
PARENTS_MAX = 32

# "commons", "pact" … and room for reverse-domain names of other people's kinds.
KIND_LENGTH_MAX_BYTES = 48

# Clocks of unattended boards drift, and many wake up without one: a day is generous, and keeps
# "the latest version" from being claimed a century ahead.
CLOCK_SKEW_MAX_MS = 24 * 60 * 60 * 1_000

# 1 January 2000: nothing was signed with this protocol before; 1 January 2100: Negentropy's other
# implementations hold seconds below 2^32.
TIME_MIN_MS = 946_684_800_000
TIME_MAX_MS = 4_102_444_800_000

# --- channel (docs/protocol.md §8) -----------------------------------------------------

# The Noise specification, revision 34, §3.
NOISE_MESSAGE_SIZE_MAX_BYTES = 65_535

# Ours has 104 bytes; the rest is room for the extensions of libp2p (certificate hashes, muxer names).
# Also what a stranger can make us read before the handshake has shown anything about it.
IDENTITY_PAYLOAD_SIZE_MAX_BYTES = 1_024

# Holds one maximal envelope (527,360 bytes) seven times over, 4,000 ordinary records of 1 KB, or a
# Negentropy frame of 100,000 ids; and a peer that stops in mid-message makes us hold no more than this.
MESSAGE_SIZE_MAX_BYTES = 4 * 1_024 * 1_024

# A network is named by people ("minga", a federation's domain name).
NETWORK_NAME_SIZE_MAX_BYTES = 64

# --- kinds (docs/protocol.md §6) --------------------------------------------------------

# A name in one language; the longest official place names stay under 200 characters.
NAME_LENGTH_MAX_CHARS = 500

# A clause, a description, a story in one language: about 12 printed pages.
TEXT_LENGTH_MAX_CHARS = 40_000

# More languages than any one record will be written in.
LANGUAGES_MAX = 32

# A detailed boundary; 40,000 positions of 10 bytes fill most of a payload.
POSITIONS_MAX = 40_000

# The largest body whose members each hold a key of their own.
KEYS_MAX = 64

# A key's label: whose, which office, which device.
LABEL_LENGTH_MAX_CHARS = 200

# What one key signed and a later version upholds, by its latest records: 10,000 × 34 bytes fit a payload.
UPHELD_MAX = 10_000

# Stewards, parties, territory levels, commons of a pact: an inter-municipal commons of Spain has 20 co-owners.
LIST_LENGTH_MAX = 256

# --- reconciliation (docs/protocol.md, "Reconciliation") ---------------------------------

# Other implementations hold seconds in 32 bits, some signed when they subtract.
RECONCILE_SECONDS_MAX = 2**32 - 1

# Fits one 65,535-byte Noise message with its framing; 3,000 fingerprints or 1,800 ids a round.
RECONCILE_FRAME_SIZE_BYTES = 60_000

# Below this a frame could not hold one split and the closing range: the reference refuses it too.
RECONCILE_FRAME_SIZE_MIN_BYTES = 4_096

# Four times the frames our nodes send: lets another implementation send larger ones.  Ranges and ids are
# bounded by it: it holds 13,000 fingerprints or 8,000 ids.
RECONCILE_MESSAGE_SIZE_MAX_BYTES = 262_144

# An empty peer would else make us list our whole set at once: 131,072 ids are 9 MB of memory.
RECONCILE_HAVE_MAX_IDS = 131_072

# At the smallest frame size this still moves 7 million ids; a peer that never lets a session end stops here.
RECONCILE_ROUNDS_MAX = 65_536
