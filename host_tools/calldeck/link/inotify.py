"""Linux's notes of what happens in a folder, through the C library: Python has no module for it."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterator

ATTRIBUTES = 0x04  # permissions, owner, access lists: what udev does to a node it has just found
MOVED_TO = 0x80
CREATED = 0x100
DELETED = 0x200
OPENED = 0x20
# These come unasked for.
SELF_DELETED = 0x400
OVERFLOWED = 0x4000
IGNORED = 0x8000

# Not written as a constant below: a type checker for another system would skip what follows.
_SYSTEM = "linux"
_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_HEAD = struct.Struct("iIII")
_READ_BYTES = 4096


class Inotify:
    """A descriptor on which the notes arrive. Raises OSError where there are none to be had."""

    def __init__(self) -> None:
        if not sys.platform.startswith(_SYSTEM):
            raise OSError("inotify is Linux's")
        self._library = ctypes.CDLL(None, use_errno=True)
        if not hasattr(self._library, "inotify_init1"):
            raise OSError("this C library has no inotify")
        self.descriptor = self._checked(self._library.inotify_init1(_FLAGS))

    def _checked(self, result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result

    def watch(self, path: str, mask: int) -> None:
        """Have notes of these kinds for a file, or a folder and what lies in it."""
        self._checked(
            self._library.inotify_add_watch(
                self.descriptor, os.fsencode(path), ctypes.c_uint32(mask)
            )
        )

    def read(self) -> Iterator[tuple[int, str]]:
        """Give what has been noted so far: kind, and the name in the folder, if it is about one."""
        while True:
            try:
                data = os.read(self.descriptor, _READ_BYTES)
            except BlockingIOError:
                return
            at = 0
            while at < len(data):
                _watch, mask, _cookie, length = _HEAD.unpack_from(data, at)
                at += _HEAD.size + length
                yield mask, os.fsdecode(data[at - length : at].rstrip(b"\0"))

    def close(self) -> None:
        """End it."""
        os.close(self.descriptor)
