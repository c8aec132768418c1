"""Settings that the host hands over in each session; their home is the host's configuration."""

from calldeck_wire import messages

COUGH_MIN_MS = 100
COUGH_MAX_MS = 1000
BOUNCE_MIN_MS = 1
BOUNCE_MAX_MS = 50


class Settings:
    """Values in force, defaults until a session brings others."""

    def __init__(self) -> None:
        self.cough_ms = 250
        self.bounce_ms = 10

    def change(self, key: int, value: int) -> int:
        """Set one value; return RESULT_DONE, RESULT_BAD_VALUE or RESULT_UNSUPPORTED."""
        if key == messages.SETTING_COUGH_MS:
            if not COUGH_MIN_MS <= value <= COUGH_MAX_MS:
                return messages.RESULT_BAD_VALUE
            self.cough_ms = value
        elif key == messages.SETTING_BOUNCE_MS:
            if not BOUNCE_MIN_MS <= value <= BOUNCE_MAX_MS:
                return messages.RESULT_BAD_VALUE
            self.bounce_ms = value
        else:
            return messages.RESULT_UNSUPPORTED
        return messages.RESULT_DONE

    def copy_to(self, other: "Settings") -> None:
        """Make `other` equal to these settings."""
        other.cough_ms = self.cough_ms
        other.bounce_ms = self.bounce_ms

    def key(self) -> tuple[int, int]:
        """Return all values, for comparing states."""
        return (self.cough_ms, self.bounce_ms)
