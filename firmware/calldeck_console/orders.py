"""What the host orders: each carried out once, in its turn, and answered by a result."""

import struct

from calldeck_console.state import State
from calldeck_wire import messages


def carry_out(
    state: State, message: messages.Message, values: tuple[int, ...], payload: bytes, now: int
) -> int:
    """Carry out an order; return its RESULT_*. `values` begin with the order's number."""
    if message is messages.PATTERN:
        return _take_pattern(state, values[1], values[2], messages.tail_of(message, payload))
    if message is messages.SETTING:
        result = state.settings.change(values[1], values[2])
        state.apply_settings()
        return result
    if message is messages.LABEL:
        return state.settings.name(messages.tail_of(message, payload))
    if message is messages.MICROPHONE_REQUEST:
        return state.microphone.request(values[1], values[2] == 1)
    if message is messages.RESET and values[1] <= messages.MODE_SELF_TEST:
        state.reset_mode = values[1]
        return messages.RESULT_DONE
    if message is messages.DISPLAY:
        return state.lamps.set_display(values[1], values[2], now)
    if message is messages.DRIVE and state.link.self_test:
        state.driven = (values[1] & _ALL_LAMPS) | (_SWITCH if values[2] else 0)
        return messages.RESULT_DONE
    return messages.RESULT_UNSUPPORTED


_ALL_LAMPS = (1 << messages.LAMP_COUNT) - 1
_SWITCH = 1 << messages.LAMP_COUNT


def _take_pattern(state: State, slot: int, brightness: int, tail: bytes) -> int:
    if len(tail) % 2 or len(tail) > 2 * messages.MAX_STEPS:
        return messages.RESULT_BAD_VALUE
    steps = struct.unpack("<%dH" % (len(tail) // 2), tail)
    return state.lamps.set_pattern(slot, brightness, steps)
