"""Keeping the settings in flash: found at boot, and written when nobody needs the console.

While the flash is written the console hears and shows nothing, up to 0.4 s. So it is done
only while the host says that there is no call, no button is down and nothing waits to be
sent; and in steps, each in a turn of the loop of its own, so that what happens between
two of them is served first. Whatever happens in between, the settings that held before
stand in the other sector. (DESIGN.md decision 9.)
"""

from calldeck_console.settings import (
    KEPT_BYTES,
    MARK,
    PAGE_BYTES,
    SECTORS,
    Settings,
    is_blank,
    is_marked,
    newest,
    read_record,
)
from calldeck_console.state import State
from calldeck_wire import messages
from calldeck_wire.modular import add

# A sector bears 100,000 erasures. A host that changed its mind for ever would need more than
# three weeks without a break to wear out two of them, and is seen by its `writes` long before.
WRITE_EVERY_S = 10
# The host sends its settings one by one: those of one session are to stand in one record.
SETTLED_S = 2
# A sector that does not hold what was written to it is worn out; a call is worth more than it.
TRIES = 3

_ERASE = 0
_RECORD = 1
_MARK = 2


class Flash:
    """Two sectors for settings, in memory: those of a console that has no flash chip."""

    def __init__(self) -> None:
        self.sectors = [bytearray(b"\xff" * KEPT_BYTES) for _ in range(SECTORS)]

    def read(self, sector: int) -> bytes:
        """Return the first KEPT_BYTES of a sector."""
        return bytes(self.sectors[sector])

    def erase(self, sector: int) -> None:
        """Erase a sector."""
        self.sectors[sector][:] = b"\xff" * KEPT_BYTES

    def program(self, sector: int, page: int, data: bytes) -> None:
        """Write the beginning of an erased page."""
        at = page * PAGE_BYTES
        for place in range(len(data)):
            self.sectors[sector][at + place] &= data[place]


class Keeper:
    """Knows which settings stand in the flash, and writes those in force.

    `settings`: those to start with. `lost`: whether there were some that cannot be read.
    """

    def __init__(self, flash: Flash) -> None:
        self.flash = flash
        first, second = flash.read(0), flash.read(1)
        self.sector = newest(first, second)
        kept = second if self.sector == 1 else first
        found = read_record(kept) if self.sector >= 0 else None
        self.lost = found is None and not is_blank(first) and not is_blank(second)
        self.settings = Settings() if found is None else found
        # What needs no writing; None where the flash is to be mended at the next occasion.
        self.kept: tuple[object, ...] | None = self.settings.content()
        if self.lost or (found is not None and not is_marked(kept)):
            self.settings.saved = False
            self.kept = None
        self.step = _ERASE
        self.written: tuple[object, ...] | None = None
        self.record = b""
        self.erased_s = 0  # the boot counts too: a console that starts again and again
        self.seen = 0
        self.seen_s = 0
        self.failures = 0

    def save(self, state: State) -> None:
        """Go one step towards saved settings, if it is time; called while they are not."""
        settings = state.settings
        if settings.changes != self.seen:
            self.seen = settings.changes
            self.seen_s = state.uptime_s
            # Not once a record waits for its mark: it would be found where there is no other.
            if settings.content() == self.kept and self.step != _MARK:
                self._end(state, settings)
                return
        if state.uptime_s - self.seen_s < SETTLED_S or not _is_quiet(state):
            return
        target = 1 if self.sector == 0 else 0
        if self.step == _ERASE:
            if state.uptime_s - self.erased_s >= WRITE_EVERY_S and self.failures < TRIES:
                self.erased_s = state.uptime_s
                self.flash.erase(target)
                self.step = _RECORD
        elif self.step == _RECORD:
            self.written = settings.content()
            self.record = settings.record(add(settings.writes, 1))
            self.flash.program(target, 0, self.record)
            self.step = _MARK
        else:
            self.step = _ERASE
            self.flash.program(target, 1, MARK)
            self._look_back(state, target)

    def _look_back(self, state: State, target: int) -> None:
        """See that the flash holds what was written to it."""
        kept = self.flash.read(target)
        settings = state.settings
        settings.writes = add(settings.writes, 1)
        if kept[: len(self.record)] != self.record or not is_marked(kept):
            self.failures += 1
            return
        self.failures = 0
        self.sector = target
        self.kept = self.written
        if settings.content() == self.kept:
            self._end(state, settings)

    def _end(self, state: State, settings: Settings) -> None:
        self.step = _ERASE
        settings.saved = True
        state.link.reports |= messages.REPORT_SETTINGS


def _is_quiet(state: State) -> bool:
    """Tell whether nobody misses the console for a moment."""
    lamps = state.lamps
    link = state.link
    inputs = state.inputs
    if not lamps.leased or lamps.flags & messages.FLAG_CALL_ACTIVE:
        return False  # no call is what the host says, not what we do not know
    if link.edges.count or inputs.down or any(inputs.closed):
        return False
    return not (link.welcome_due or link.confirm_due or link.pong_due)
