"""Write `frames.json`: what every message looks like on the line, byte for byte.

An independent statement of the protocol: formats are spelled out here and the framing
is done by PyPI `cobs` and zlib, with nothing taken from `calldeck_wire`. Run it when a
message is added or changed, and read the difference before you commit it:

    .venv/bin/python tests/vectors/make_vectors.py
"""

import json
import struct
import zlib
from pathlib import Path
from typing import Any

from cobs import cobs

TARGET = Path(__file__).with_name("frames.json")
SESSION = 0xC0FFEE42

# name, id, format behind the header, values (bytes as hex text), tail in hex
MESSAGES: list[tuple[str, int, str, list[Any], str]] = [
    ("hello", 0x01, "BB", [1, 1], ""),
    ("acknowledge", 0x02, "II", [0x3FFFFFFF, 7], ""),
    ("lamps", 0x03, "IIB10s", [1, 0, 0x0C, "00010002030401010000"], ""),
    ("pattern", 0x04, "IBB", [3, 15, 40], "6400640064 00bc02".replace(" ", "")),
    ("setting", 0x05, "IBI", [4, 1, 250], ""),
    ("microphone_request", 0x06, "IIB", [5, 9, 1], ""),
    ("reset", 0x07, "IB", [6, 1], ""),
    ("ping", 0x08, "I", [0], ""),
    ("report_request", 0x09, "B", [0x0F], ""),
    ("display", 0x0A, "IBH", [7, 1, 3000], ""),
    ("drive", 0x0B, "IHB", [8, 0x02AA, 1], ""),
    ("label", 0x0C, "I", [9], "Platz 12 ü".encode().hex()),
    (
        "welcome",
        0x81,
        "BBIIHIIBB3sI8sIB",
        [1, 1, 0, 0, 2, 3, 0, 3, 0, "000100", 1073741823, "e660000000abcdef", 4294967295, 3],
        "",
    ),
    ("edge", 0x82, "IIBBIIH", [SESSION, 1073741823, 63, 0x81, 1073741823, 12, 65535], ""),
    ("edge", 0x82, "IIBBIIH", [0x01000000, 0, 0, 0x02, 0, 0, 0], ""),
    ("held", 0x83, "BII", [0x0F, 100, 65536], ""),
    ("microphone", 0x84, "IBBB", [1, 1, 0, 1], ""),
    ("pong", 0x85, "II", [0, 1073741823], ""),
    ("confirm", 0x86, "IB", [6, 1], ""),
    (
        "stats",
        0x87,
        "IIIIIIHHHHHHHHH",
        [3600, 215000, 9, 0, 70000, 4294967295, 1, 0, 0, 0, 0, 2, 1, 4, 1200],
        "",
    ),
    ("fault", 0x88, "BII", [1, 0, 20000], ""),
    ("log", 0x89, "B", [30], "text ünï\x00code".encode().hex()),
    ("levels", 0x8A, "BBHBI", [0x05, 1, 0x03FF, 1, 42], ""),
    ("gap", 0x8B, "IHII", [70, 6, 1073741823, 250], ""),
    ("settings", 0x8C, "BIHHBBB", [0, 12, 250, 10, 1, 100, 30], "Platz 12 ü".encode().hex()),
    ("flight", 0x8D, "HH", [64, 71], "00ff00ff00ff00"),
]

DAMAGED = {
    "empty frame is no frame": "00",
    "a code that points past the end": "05010200",
    "checksum of another payload": "0802eeffc0012301010105" + "00",
    "too short to hold a checksum": "0401020300",
    "a code byte of a zero run only": "010100",
}


def frame(payload: bytes) -> bytes:
    """Frame a payload as the line carries it."""
    return bytes(cobs.encode(payload + struct.pack("<I", zlib.crc32(payload)))) + b"\x00"


def vector(name: str, number: int, code: str, values: list[Any], tail: str) -> dict[str, Any]:
    """Return one vector as it stands in the file."""
    packed = [bytes.fromhex(value) if isinstance(value, str) else value for value in values]
    payload = struct.pack("<BI" + code, number, SESSION, *packed) + bytes.fromhex(tail)
    return {
        "message": name,
        "id": number,
        "session": SESSION,
        "values": values,
        "tail": tail,
        "payload": payload.hex(),
        "frame": frame(payload).hex(),
    }


def main() -> None:
    """Write the file."""
    vectors = {
        "frames": [vector(*row) for row in MESSAGES],
        "damaged": [{"why": why, "frame": text} for why, text in DAMAGED.items()],
    }
    TARGET.write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
