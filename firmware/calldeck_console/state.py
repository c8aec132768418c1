"""Everything the console remembers, in one object of fixed size."""

from calldeck_console import flight
from calldeck_console.buttons import Inputs
from calldeck_console.lamps import Lamps
from calldeck_console.link import Identity, Link
from calldeck_console.microphone import Microphone
from calldeck_console.settings import Settings


class State:
    """Everything the console remembers, of fixed size.

    `room`: bytes that the runner can take now, set before each step.
    `view`: token of what is displayed; the runner stores it where the interrupt
    handler finds it, and hands it back with each edge.
    `settings`: those of the flash; they hold from the start. `record`: where events are
    recorded; it is the runner's, and no part of the state.
    """

    def __init__(
        self,
        identity: Identity,
        settings: Settings | None = None,
        record: "flight.Record" = flight.nowhere,
    ) -> None:
        self.record = record
        self.settings = Settings() if settings is None else settings
        self.inputs = Inputs()
        self.microphone = Microphone(bool(self.settings.safe_muted))
        self.lamps = Lamps()
        self.link = Link(identity, record)
        self.apply_settings()
        self.room = 0
        self.view = 0
        self.birth = 0
        self.shown = 0
        self.old_view = 0
        self.old_birth = 0
        self.old_shown = 0
        self.uptime_s = 0
        self.uptime_ms = 0
        self.free_heap = 0
        self.worst_loop = 0  # ms
        self.worst_collection = 0  # us
        self.overrun = 0  # changes lost by a full ring, as the runner counts them
        self.overrun_told = 0
        self.repairs = 0  # inputs that the runner found at another level than it knew
        self.reset_mode = -1
        # In self-test: what the lamps and the switch are told, as the pins of `core.step`.
        self.driven = 0
        # What the pins are at, as the runner reads them while REPORT_LEVELS is due:
        # buttons, plugged, lamps, muted.
        self.levels = (0, 0, 0, 0)
        # The flight recorder of the boot before.
        self.flight = b""

    def apply_settings(self) -> None:
        """Let what has changed in `settings` take effect; the safe microphone at the next boot."""
        settings = self.settings
        self.inputs.bounce_ms = settings.bounce_ms
        if not self.link.self_test:  # there the lamps are looked at, and read back
            self.lamps.set_brightness(settings.day_percent, settings.night_percent)

    def copy_to(self, other: "State") -> None:
        """Make `other` equal to this state; both are of the same board."""
        self.inputs.copy_to(other.inputs)
        self.microphone.copy_to(other.microphone)
        self.lamps.copy_to(other.lamps)
        self.link.copy_to(other.link)
        self.settings.copy_to(other.settings)
        other.room = self.room
        other.view = self.view
        other.birth = self.birth
        other.shown = self.shown
        other.old_view = self.old_view
        other.old_birth = self.old_birth
        other.old_shown = self.old_shown
        other.uptime_s = self.uptime_s
        other.uptime_ms = self.uptime_ms
        other.free_heap = self.free_heap
        other.worst_loop = self.worst_loop
        other.worst_collection = self.worst_collection
        other.overrun = self.overrun
        other.overrun_told = self.overrun_told
        other.repairs = self.repairs
        other.reset_mode = self.reset_mode
        other.driven = self.driven
        other.levels = self.levels
        other.flight = self.flight

    def key(self, now: int) -> tuple[object, ...]:
        """Return what decides the future of the console, times relative to `now`."""
        return (
            self.inputs.key(now),
            self.microphone.key(now),
            self.lamps.key(now),
            self.link.key(now),
            self.settings.key(),
            self.birth,
            self.shown,
            self.old_birth,
            self.old_shown,
            self.reset_mode,
            self.driven,
        )
