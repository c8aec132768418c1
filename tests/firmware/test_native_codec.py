"""The codec in C against the one in Python: the same bytes, and the same frames refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_wire.frames import DELIMITER, MAX_ENCODED, MAX_PAYLOAD, decode_frame, encode_frame

BATCH = 24

ENCODE = """
from binascii import hexlify, unhexlify
import calldeck_native
for payload in {texts}:
    print(hexlify(calldeck_native.encode(unhexlify(payload))).decode())
"""
DECODE = """
from binascii import hexlify, unhexlify
import calldeck_native
for text in {texts}:
    payload = calldeck_native.decode(unhexlify(text))
    print("none" if payload is None else hexlify(payload).decode())
"""
REFUSED = """
import calldeck_native
for length in (0, {longest} + 1, 4096):
    try:
        print(len(calldeck_native.encode(bytes(length))))
    except ValueError:
        print("refused")
"""


@pytest.fixture(scope="module")
def board(uf2: Path) -> Iterator[LockstepEmulator]:
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        yield pico


def payloads() -> list[bytes]:
    """Return payloads of every length, with few zeros, many, and nothing else."""
    chance = random.Random(20)
    made = []
    for length in range(1, MAX_PAYLOAD + 1):
        for alphabet in (range(256), (0, 1, 255), (0,)):
            made.append(bytes(chance.choices(alphabet, k=length)))
    return made


def run(board: LockstepEmulator, code: str, data: list[bytes]) -> list[str]:
    """Run code over data on the board, in parts that fit its input; return what it printed."""
    said: list[str] = []
    for start in range(0, len(data), BATCH):
        texts = [part.hex() for part in data[start : start + BATCH]]
        said += execute(board, code.format(texts=texts)).splitlines()
    return said


def test_every_payload_becomes_the_same_frame(board: LockstepEmulator) -> None:
    sent = payloads()
    assert run(board, ENCODE, sent) == [encode_frame(payload).hex() for payload in sent]


def test_every_text_is_taken_or_refused_alike(board: LockstepEmulator) -> None:
    chance = random.Random(21)
    texts = []
    for payload in payloads()[::2]:
        text = bytearray(encode_frame(payload)[:-1])
        texts.append(bytes(text))
        # A reader cuts at zeros, so there is none in what it hands over.
        text[chance.randrange(len(text))] = chance.randrange(1, 256)
        texts += [bytes(text), bytes(text[: chance.randrange(1, len(text))]), bytes(text) + b"\x01"]
    texts += [bytes(chance.choices(range(1, 256), k=k)) for k in range(1, MAX_ENCODED + 1)]
    texts += [b"\x01" * MAX_ENCODED, b"\xff" * MAX_ENCODED, b"\x01"]
    assert not any(DELIMITER in text for text in texts)
    expected = [decode_frame(text) if len(text) <= MAX_ENCODED else None for text in texts]
    assert sum(payload is not None for payload in expected) >= len(payloads()) // 2
    said = run(board, DECODE, texts)
    assert said == ["none" if payload is None else payload.hex() for payload in expected]


def test_a_payload_that_fits_no_frame_is_refused(board: LockstepEmulator) -> None:
    said = execute(board, REFUSED.format(longest=MAX_PAYLOAD)).splitlines()
    assert said == ["refused"] * 3
