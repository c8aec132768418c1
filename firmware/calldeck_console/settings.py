"""Settings of one console: in force at once, kept in flash through resets and updates.

The host hands over its own in each session; the label and the safe microphone state are
the desk's.
"""

from calldeck_wire import messages

# SETTING_* to (attribute, least, most).
LIMITS = {
    messages.SETTING_COUGH_MS: ("cough_ms", 100, 1000),
    messages.SETTING_BOUNCE_MS: ("bounce_ms", 1, 50),
    messages.SETTING_SAFE_MUTED: ("safe_muted", 0, 1),
    messages.SETTING_DAY_PERCENT: ("day_percent", 1, 100),
    messages.SETTING_NIGHT_PERCENT: ("night_percent", 1, 100),
}


class Settings:
    """Values in force; `saved` tells whether the flash holds the same."""

    def __init__(self) -> None:
        self.cough_ms = 250
        self.bounce_ms = 10
        self.safe_muted = 1
        self.day_percent = 100
        self.night_percent = 100
        self.label = b""
        self.saved = True
        self.writes = 0

    def change(self, key: int, value: int) -> int:
        """Set one value; return RESULT_DONE, RESULT_BAD_VALUE or RESULT_UNSUPPORTED."""
        if key not in LIMITS:
            return messages.RESULT_UNSUPPORTED
        name, least, most = LIMITS[key]
        if not least <= value <= most:
            return messages.RESULT_BAD_VALUE
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.saved = False
        return messages.RESULT_DONE

    def name(self, label: bytes) -> int:
        """Set the name of the desk; return RESULT_DONE or RESULT_BAD_VALUE."""
        if len(label) > messages.MAX_LABEL_BYTES:
            return messages.RESULT_BAD_VALUE
        try:
            str(label, "utf-8")
        except UnicodeError:
            return messages.RESULT_BAD_VALUE
        if label != self.label:
            self.label = label
            self.saved = False
        return messages.RESULT_DONE

    def values(self) -> tuple[int, ...]:
        """Return the fields of messages.SETTINGS, in order."""
        return (
            1 if self.saved else 0,
            self.writes,
            self.cough_ms,
            self.bounce_ms,
            self.safe_muted,
            self.day_percent,
            self.night_percent,
        )

    def copy_to(self, other: "Settings") -> None:
        """Make `other` equal to these settings."""
        other.cough_ms = self.cough_ms
        other.bounce_ms = self.bounce_ms
        other.safe_muted = self.safe_muted
        other.day_percent = self.day_percent
        other.night_percent = self.night_percent
        other.label = self.label
        other.saved = self.saved
        other.writes = self.writes

    def key(self) -> tuple[object, ...]:
        """Return all values, for comparing states."""
        return self.values() + (self.label,)
