"""GPIO numbers of the board, revision A.

The home of these numbers is `hardware/pinmap.toml`; a test fails where the two differ.
"""

BUTTONS = (2, 3, 4, 5)  # MUTE, HOLD, STATUS, ASSIST: low when pressed
LAMPS = (6, 7, 8, 9, 10, 11, 12, 13, 14, 16)  # in the order of messages.LAMPS_ORDER
MICROPHONE_SWITCH = 17  # high = muted; the mute lamp hangs on it
HEADSET_PLUGGED = 18  # low = plugged
BOARD_STRAPS = (19, 20, 21)  # low = 1, least significant first
