"""The protocol's vectors: what CPython says, this board says."""

import unittest
from binascii import unhexlify

import calldeck_native

from calldeck_wire import frames, messages

VECTORS = globals().get("VECTORS", {"frames": [], "damaged": []})
frames.use(calldeck_native.encode, calldeck_native.decode)


class Vectors(unittest.TestCase):
    def test_each_frame_is_made_and_taken_as_its_vector_says(self):
        self.assertTrue(len(VECTORS["frames"]) > 20)
        for name, number, session, values, tail, frame in VECTORS["frames"]:
            message = messages.BY_NUMBER[number]
            self.assertEqual(message.name, name)
            payload = messages.encode(message, session, values, unhexlify(tail))
            self.assertEqual(frames.encode_frame(payload), unhexlify(frame))
            taken = frames.FrameReader().feed(unhexlify(frame))
            self.assertEqual(taken, [payload])
            self.assertEqual(messages.decode(message, payload), values)
            self.assertEqual(messages.tail_of(message, payload), unhexlify(tail))

    def test_no_damaged_frame_is_taken(self):
        self.assertTrue(len(VECTORS["damaged"]) > 3)
        for frame in VECTORS["damaged"]:
            self.assertEqual(frames.FrameReader().feed(unhexlify(frame)), [])
