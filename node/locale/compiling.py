"""From a catalogue as people write it (`minga.po`) to what gettext reads (`minga.mo`).

`python -m node.locale.compiling` compiles every catalogue of the command line; both files are kept, and a
test compares them.  Formats: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html and
https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
"""

import re
import struct
from ast import literal_eval
from pathlib import Path

DOMAIN = "minga"
FOLDER = Path(__file__).resolve().parent

_MAGIC = 0x950412DE
_HEAD_SIZE_BYTES = 7 * 4
_LINE = re.compile(r'(msgid_plural|msgid|msgstr(?:\[(\d)\])?)?\s*(".*")')


def read_catalogue(text: str) -> dict[str, str]:
    """Return what a `.po` text translates; forms of plurals are joined by a zero byte, as in a `.mo`.

    Raises `ValueError` for a line that is neither comment, keyword nor continued text, or a doubled entry.
    """
    entries: dict[str, str] = {}
    # An entry begins with its msgid, with or without a blank line before it.
    for block in re.split(r"\n(?=msgid )", text):
        parts: dict[str, str] = {}
        at = ""
        for line in block.splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            match = _LINE.fullmatch(line.strip())
            if match is None:
                raise ValueError(f"not a line of a catalogue: {line!r}")
            at = match[1] or at
            parts[at] = parts.get(at, "") + literal_eval(match[3])
        if "msgid" not in parts:
            continue
        key = parts["msgid"] + ("\0" + parts["msgid_plural"] if "msgid_plural" in parts else "")
        forms = [parts[name] for name in sorted(parts) if name.startswith("msgstr")]
        if key in entries:
            raise ValueError(f"twice in the catalogue: {parts['msgid']!r}")
        entries[key] = "\0".join(forms)
    return entries


def compiled(entries: dict[str, str]) -> bytes:
    """Return the bytes of a `.mo` file; texts without a translation are left out."""
    pairs = sorted((key.encode(), text.encode()) for key, text in entries.items() if text.strip("\0"))
    count = len(pairs)
    texts_at = _HEAD_SIZE_BYTES + 16 * count
    originals: list[tuple[int, int]] = []
    translations: list[tuple[int, int]] = []
    texts = b""
    for table, column in ((originals, 0), (translations, 1)):
        for pair in pairs:
            table.append((len(pair[column]), texts_at + len(texts)))
            texts += pair[column] + b"\0"
    head = struct.pack(
        "<7I",
        _MAGIC,
        0,
        count,
        _HEAD_SIZE_BYTES,
        _HEAD_SIZE_BYTES + 8 * count,
        0,
        _HEAD_SIZE_BYTES + 16 * count,
    )
    index = b"".join(struct.pack("<2I", *entry) for entry in (*originals, *translations))
    return head + index + texts


def compile_all(folder: Path = FOLDER) -> list[Path]:
    """Compile every catalogue of the command line under `folder`; return the files written."""
    written = []
    for source in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        target = source.with_suffix(".mo")
        target.write_bytes(compiled(read_catalogue(source.read_text(encoding="utf-8"))))
        written.append(target)
    return written


if __name__ == "__main__":
    compile_all()
