"""Read bytes as the vectors have them: in hex, with long runs of zero bytes counted (README.md)."""


def bytes_of(written: str | list[str | int]) -> bytes:
    pieces = [written] if isinstance(written, str) else written
    return b"".join(bytes(piece) if isinstance(piece, int) else bytes.fromhex(piece) for piece in pieces)
