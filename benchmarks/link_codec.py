"""How fast frames are made and read on this computer, beside the PyPI `cobs` C extension.

Both encode and decode the same frames, one of each message of the table, in the same run: the
ratio says how far our one source, which MicroPython must run too, is from compiled code.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from cobs import cobs
from table import Row, report

from calldeck_wire.frames import FrameReader, encode_frame

VECTORS = Path(__file__).resolve().parents[1] / "tests" / "vectors" / "frames.json"
ROUNDS = 15
ROUND_FRAMES = 20_000


def payloads() -> list[bytes]:
    """Return a payload of each message of the table, as the protocol's vectors have them."""
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))["frames"]
    return [bytes.fromhex(vector["payload"]) for vector in vectors]


def ours(frames: Sequence[bytes]) -> None:
    """Encode each payload and read it back, as both ends of the link do."""
    feed = FrameReader().feed
    for payload in frames:
        feed(encode_frame(payload))


def compiled(frames: Sequence[bytes]) -> None:
    """Do the same with the C extension and the CRC-32 of the standard library."""
    encode, decode, crc32 = cobs.encode, cobs.decode, zlib.crc32
    for payload in frames:
        frame = encode(payload + crc32(payload).to_bytes(4, "little")) + b"\x00"
        plain = decode(frame[:-1])
        taken, check = plain[:-4], plain[-4:]
        if crc32(taken) != int.from_bytes(check, "little"):
            raise AssertionError("the C extension does not read what it wrote")


def rate(work: Callable[[Sequence[bytes]], None], frames: Sequence[bytes]) -> float:
    """Return the frames that it handles in one second of the processor's time."""
    began = time.process_time()
    work(frames)
    return len(frames) / (time.process_time() - began)


def measure() -> tuple[float, float]:
    """Return the best rates of both: other work on the computer only ever makes one slower."""
    if not cobs._using_extension:
        raise SystemExit(
            "link_codec: the installed `cobs` is the one in plain Python, so it tells nothing of "
            "compiled code. Install a C compiler and run: "
            ".venv/bin/pip install --force-reinstall --no-binary cobs cobs"
        )
    some = payloads()
    frames = some * (ROUND_FRAMES // len(some))
    pairs = [(rate(ours, frames), rate(compiled, frames)) for _round in range(ROUNDS)]
    return max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)


def rows() -> list[Row]:
    """Measure and put the figures beside what we want."""
    own, other = measure()
    ratio = "frames encoded and decoded, beside the cobs C extension and zlib.crc32"
    return [
        Row("codec.ratio", ratio, own / other, "", aim=0.25, better="higher"),
        Row("codec.frames_per_s", "frames encoded and decoded", own, "1/s", better="higher"),
        Row("codec.compiled_per_s", "the same by the C extension", other, "1/s", better="higher"),
    ]


if __name__ == "__main__":
    raise SystemExit(report(rows(), "The codec of the link, on this computer"))
