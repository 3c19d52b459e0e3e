"""Every limit of the protocol, its unit last in its name, and the reason for it.

Each is tested at its value and just past it.  A limit that another implementation
must share is part of docs/protocol.md §14.
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

# --- channel (docs/protocol.md §9) -----------------------------------------------------

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

# Stewards, parties, territory levels, commons of a pact: a Spanish inter-municipal commons has 20 co-owners.
LIST_LENGTH_MAX = 256

# A place that is known to two thousand kilometres is that of a continent.
UNCERTAINTY_MAX_M = 2_000_000

# 0.001°, 111 m of latitude: the finest grid that hides which field or spring is meant.
GENERALISED_GRID_UNITS = 10_000

# A boundary of 20,000 km on the finest grid, and a second of work to find its cells.
GRID_CROSSINGS_MAX = 200_000

# Nobody knows whom eight people away they trust; six are said to reach everybody.
ENDORSEMENT_REACH_MAX = 8

# Community, parish, canton, province, nation, some of them twice; and whoever contains them may name others.
WITHIN_MAX = 64

# Every key (64) of four councils, or one key of each of 256 actors: 36 KB of boxes.
SEAL_RECIPIENTS_MAX = 256

# A precise boundary of 40,000 positions (400 KB) with its texts, and the boxes beside it, fit a payload.
SEALED_SIZE_MAX_BYTES = 450_000

# More choices than any ballot paper; a roll of large assemblies: 1,024 voters fill a tenth of a payload.
OPTIONS_MAX = 64
ROLL_LENGTH_MAX = 1_024

# --- reconciliation (docs/protocol.md §10) ---------------------------------

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

# --- session (docs/protocol.md §11) ------------------------------------------------

# A hello with every list full and every text of the longest is 6 KB in ASCII.
HELLO_SIZE_MAX_BYTES = 16_384

# Versions one implementation speaks at once, and words for what it can do beyond version 1.
VERSIONS_MAX = 16
FEATURES_MAX = 32
FEATURE_LENGTH_MAX_CHARS = 48

# Name and version, as in "minga/0.1.0".
SOFTWARE_LENGTH_MAX_CHARS = 100

# One or two sentences for an operator's log.
ERROR_TEXT_LENGTH_MAX_CHARS = 500

# The addresses of one node: a name, two interfaces, both address families, and as many again.
HELLO_ADDRESSES_MAX = 8

# A handful of neighbours' neighbours; a node that wants more asks more peers.
PEERS_ADDRESSES_MAX = 32
ADDRESS_LENGTH_MAX_CHARS = 512

# Half a megabyte of records of 1 KB: two full answers.
WANT_IDS_MAX = 512

# 64 KB of ids: one Noise frame, and one query of the store that does not hold up the next.
ANNOUNCE_IDS_MAX = 2_048

# What a sender packs into one answer: a link of 1 MB/s is free for something else four times a second.
RECORDS_SIZE_TARGET_BYTES = 262_144

# Just under the target and then one maximal envelope (527,360 bytes) still fit; eight of these in work for
# one peer are 8 MB.
RECORDS_SIZE_MAX_BYTES = 1_048_576

# What zlib adds to bytes it cannot compress, several times over (RFC 1950, RFC 1951 §3.2.4).
RECORDS_DEFLATED_MAX_BYTES = RECORDS_SIZE_MAX_BYTES + 4_096

# Twice what our nodes send: lets another implementation ask ahead further.  8 × 512 ids are 300 KB of memory.
WANTS_SERVED_MAX = 8

# Announced ids waiting to be looked up, and ids still to be asked for, of one peer: 3 MB each with their
# tables. What does not fit is found by the next reconciliation.
LOOKUP_PENDING_MAX_IDS = 16_384
NEEDED_MAX_IDS = 16_384

# An honest node sends some 40 messages a second in a full sync, and 20 announcements a second at most; a
# board that slept for a minute finds a minute's worth waiting.
MESSAGES_BURST_MAX = 4_000
MESSAGES_RATE_MAX_PER_S = 200

# --- bundles (docs/protocol.md §13) ------------------------------------------------

# A block is what one damaged byte costs: about 250 records of 1 KB, and enough for compression to work.
BUNDLE_BLOCK_SIZE_BYTES = 262_144

# A started block and one maximal envelope after it (262,144 + 527,364) fit, whatever another encoder prefers.
BUNDLE_BLOCK_SIZE_MAX_BYTES = 1_048_576

# What deflate adds to bytes it cannot compress: 5 for every 16,383, and its frame.
BUNDLE_BODY_SIZE_MAX_BYTES = BUNDLE_BLOCK_SIZE_MAX_BYTES + 1_024

# When it was made, for which network, and a note of a few sentences.
BUNDLE_HEADER_SIZE_MAX_BYTES = 4_096

# False starts among damaged bytes; each may cost the hash of one body, so 1,000 are a second or two.
BUNDLE_FAULTS_MAX = 1_000
