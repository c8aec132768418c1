"""What the console tells on request: levels of its pins, settings, flight recorder, statistics."""

from calldeck_console.state import State
from calldeck_wire import messages

# A lamp waits for no more than one frame: pieces, and small ones.
FLIGHT_PIECE = 64


def report_frame(state: State, now: int) -> bytes:
    """Return the frame of the most urgent report that is due, empty where there is no room.

    At least one must be due.
    """
    link = state.link
    reports = link.reports
    if reports & messages.REPORT_LEVELS:
        report = messages.REPORT_LEVELS
        frame = link.frame(messages.LEVELS, state.levels + (now,))
    elif reports & messages.REPORT_SETTINGS:
        report = messages.REPORT_SETTINGS
        frame = link.frame(messages.SETTINGS, state.settings.values(), state.settings.label)
    elif reports & messages.REPORT_FLIGHT:
        report = messages.REPORT_FLIGHT
        at = link.flight_at
        piece = state.flight[at : at + FLIGHT_PIECE]
        frame = link.frame(messages.FLIGHT, (at, len(state.flight)), piece)
        if len(frame) <= state.room and at + FLIGHT_PIECE < len(state.flight):
            link.flight_at = at + FLIGHT_PIECE
            return frame
    else:
        report = messages.REPORT_STATS
        frame = link.frame(messages.STATS, _statistics(state))
    if len(frame) > state.room:
        return b""
    link.reports &= ~report
    return frame


def _statistics(state: State) -> tuple[int, ...]:
    link = state.link
    return (
        state.uptime_s,
        state.free_heap,
        link.presses,
        link.overflow,
        link.received & 0xFFFFFFFF,
        link.sent & 0xFFFFFFFF,
        state.lamps.lapses & 0xFFFF,
        (link.reader.damaged + link.reader.oversize) & 0xFFFF,
        link.unknown,
        link.stale,
        state.overrun & 0xFFFF,
        link.unsaid,
        state.repairs & 0xFFFF,
        min(state.worst_loop, 0xFFFF),
        min(state.worst_collection, 0xFFFF),
    )
