"""Between the numbers of the wire and the words of the host."""

from collections.abc import Mapping

from calldeck.config.settings import ConsoleSettings
from calldeck.errors import ProtocolMismatch
from calldeck.link.model import ConsoleFault, MicrophoneReport, SettingsReport, Welcome
from calldeck.text import translate as _
from calldeck_wire import NEWEST_PROTOCOL, OLDEST_PROTOCOL, agree, messages
from calldeck_wire.modular import difference

_MICROPHONE_CAUSES = {
    messages.MICROPHONE_BY_RESET: "reset",
    messages.MICROPHONE_BY_BUTTON: "button",
    messages.MICROPHONE_BY_HOST: "host",
    messages.MICROPHONE_BY_PLUG: "plug",
}
_RESTARTS = {
    messages.CAUSE_POWER: "power",
    messages.CAUSE_PIN: "pin",
    messages.CAUSE_WATCHDOG: "watchdog",
    messages.CAUSE_ORDER: "elsewhere",
    messages.CAUSE_EXCEPTION: "exception",
}
_FAULTS = {
    messages.FAULT_STUCK_BUTTON: "stuck_button",
    messages.FAULT_EDGE_OVERRUN: "edge_overrun",
    messages.FAULT_INPUT_REPAIRED: "input_repaired",
    messages.FAULT_SETTINGS_LOST: "settings_lost",
}
# The settings in the order of the fields of a report; a console calls them as they stand there.
_SETTINGS_ORDER = (
    messages.SETTING_COUGH_MS,
    messages.SETTING_BOUNCE_MS,
    messages.SETTING_SAFE_MUTED,
    messages.SETTING_DAY_PERCENT,
    messages.SETTING_NIGHT_PERCENT,
)
_SETTINGS_NAMES = {
    key: field[0] for key, field in zip(_SETTINGS_ORDER, messages.SETTINGS.fields[2:], strict=True)
}
# Inputs by their number in a fault: the buttons, then the sense of the headset's plug.
_INPUTS = (*messages.BUTTON_NAMES, "PLUG")


def check_versions(payload: bytes) -> None:
    """Raise ProtocolMismatch where a WELCOME names a range that we do not speak."""
    if len(payload) < messages.HEADER_BYTES + 2:
        return
    oldest, newest = payload[messages.HEADER_BYTES], payload[messages.HEADER_BYTES + 1]
    if agree(oldest, newest):
        return
    if oldest > NEWEST_PROTOCOL:
        sentence = _(
            "The console's firmware is too new: it speaks protocol {oldest} to {newest}, this "
            "program {ours}. Update calldeck on this computer, or flash the firmware that came "
            "with it."
        )
    else:
        sentence = _(
            "The console's firmware is too old: it speaks protocol {oldest} to {newest}, this "
            "program {ours}. Flash the firmware that came with this program (make firmware builds"
            " it)."
        )
    ours = f"{OLDEST_PROTOCOL}-{NEWEST_PROTOCOL}"
    raise ProtocolMismatch(sentence.format(oldest=oldest, newest=newest, ours=ours))


def welcome_of(values: tuple[int, ...]) -> Welcome:
    """Return what a WELCOME message says."""
    firmware, serial = bytes(values[9]), bytes(values[11])  # byte strings at their place
    return Welcome(
        protocol=agree(values[0], values[1]),
        previous=values[2],
        first_edge=values[3],
        unheard=values[4],
        presses=values[5],
        overflow=values[6],
        cause=values[7],
        board=values[8],
        firmware=(firmware[0], firmware[1], firmware[2]),
        serial=serial.hex().upper(),
        boot=values[12],
    )


def restart_of(cause: int, *, ordered: bool) -> str:
    """Return why a console has restarted, in a word; `ordered`: we have ordered it."""
    why = _RESTARTS.get(cause, "unknown")
    return "ordered" if ordered and why == "elsewhere" else why


def microphone_of(values: tuple[int, ...]) -> MicrophoneReport:
    """Return what a MICROPHONE message says."""
    counter, muted, cause, plugged = values
    why = _MICROPHONE_CAUSES.get(cause, "unknown")
    return MicrophoneReport(counter, bool(muted), why, bool(plugged))


def fault_of(code: int, detail: int) -> ConsoleFault:
    """Return a fault in words; an input by its name, everything else as the number told."""
    told = str(detail)
    of_an_input = code in (messages.FAULT_STUCK_BUTTON, messages.FAULT_INPUT_REPAIRED)
    if of_an_input and detail < len(_INPUTS):
        told = _INPUTS[detail]
    return ConsoleFault(_FAULTS.get(code, f"fault_{code}"), told)


def gap_of(values: tuple[int, ...]) -> ConsoleFault:
    """Return the fault that a GAP message tells of: how many edges in how many seconds."""
    _dropped, edges, first_ms, last_ms = values
    return ConsoleFault("edge_overflow", f"{edges} / {difference(last_ms, first_ms) / 1000:.1f} s")


def console_settings(settings: ConsoleSettings) -> dict[int, int]:
    """Return the console's settings as it is told them: SETTING_* to value.

    How bright a night is that never comes need not be kept.
    """
    told = {
        messages.SETTING_COUGH_MS: settings.cough_ms,
        messages.SETTING_BOUNCE_MS: settings.bounce_ms,
        messages.SETTING_SAFE_MUTED: int(settings.safe_microphone == "muted"),
        messages.SETTING_DAY_PERCENT: settings.brightness,
    }
    if settings.night_hours is not None:
        told[messages.SETTING_NIGHT_PERCENT] = settings.night_brightness
    return told


def settings_of(values: tuple[int, ...], label: bytes) -> SettingsReport:
    """Return what a SETTINGS message says."""
    saved, writes, *numbers = values
    by_key = dict(zip(_SETTINGS_ORDER, numbers, strict=True))
    return SettingsReport(bool(saved), writes, by_key, label.decode("utf-8", "replace"))


def unheeded(report: SettingsReport, told: Mapping[int, int], label: str) -> str:
    """Return, in words of the protocol, what a console was told and goes not by; else nothing."""
    differ = [
        f"{_SETTINGS_NAMES[key]} = {report.values[key]} ({value})"
        for key, value in sorted(told.items())
        if report.values.get(key, value) != value
    ]
    if label and report.label != label:
        differ.append(f"label = {report.label} ({label})")
    return ", ".join(differ)
