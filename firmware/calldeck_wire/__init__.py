"""The CallDeck wire protocol: frames, message table and reliable link.

Shared word for word by the console (MicroPython) and the host (CPython), so it
uses only `struct`, `binascii` and integers, and no syntax that MicroPython lacks.
"""

# The protocol range that this source speaks. A hello names the range of its
# sender; the two ends agree on the newest version that both know.
OLDEST_PROTOCOL = 1
NEWEST_PROTOCOL = 1


def agree(oldest: int, newest: int) -> int:
    """Return the newest version that we and a peer of this range both speak, or 0 for none."""
    version = newest if newest < NEWEST_PROTOCOL else NEWEST_PROTOCOL
    if version < oldest or version < OLDEST_PROTOCOL:
        return 0
    return version
