"""The protocol a second time, written from docs/protocol.md and the vectors alone, without `protocol/`.

It exists to show that the text suffices: where it and a node disagree, the text, the vectors or the code is
wrong.  It is plain rather than quick, and takes nothing but PyNaCl's primitives (and aiohttp to dial).
"""
