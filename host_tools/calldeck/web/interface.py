"""What the API asks of the daemon, which gives it to `create_app`.

All methods are called in the daemon's event loop. None blocks.
"""

from typing import Protocol

from calldeck.web.health import Health
from calldeck.web.models import Answer, DeskPicture, PressAnswer, Reloaded


class NotPossible(Exception):
    """The request cannot be carried out: the HTTP status, a stable code and a finished sentence.

    status: 403 login refused, 404 no such desk, call for help or forced change, 409 not from here,
    422 not in this order, 429 too many wrong PINs (with `retry_after_s`), 503 no console that could
    take it, or a PIN file that cannot be used.
    """

    def __init__(
        self, status: int, code: str, sentence: str, *, retry_after_s: int | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.retry_after_s = retry_after_s


class DeskService(Protocol):
    """The desks of this daemon. Each method raises NotPossible where it has to."""

    def health(self) -> Health:
        """How the daemon is."""

    def ids(self) -> tuple[str, ...]:
        """The ids of all desks."""

    def desk(self, desk: str) -> DeskPicture:
        """One desk."""

    async def press(
        self, desk: str, button: str, action: str, hold_ms: int, *, wait: bool = True
    ) -> PressAnswer:
        """Press, release or tap a button (a `ButtonName`) of the desk's console.

        `press` answers as soon as the press has reached the desk, `release` and `tap` when what
        they caused has ended; `release` without `wait` as soon as the button is up.
        """

    async def login(self, desk: str, agent: str, pin: str) -> Answer:
        """Log an agent in."""

    async def logout(self, desk: str) -> Answer:
        """Log the agent out."""

    async def not_ready(self, desk: str, reason: str) -> Answer:
        """Become not ready for a reason: now, or after the call that is here."""

    async def mark_contact(
        self, desk: str, contact: str, *, unresolved: bool | None, disposition: str | None
    ) -> Answer:
        """Say something of the last contact; None: nothing new."""

    async def answer(self, desk: str) -> Answer:
        """Take the ringing call."""

    async def hang_up(self, desk: str) -> Answer:
        """End the call."""

    async def auto_answer(self, desk: str, seconds: float | None) -> None:
        """Let the phone answer by itself, or not."""

    async def acknowledge(self, desk: str, number: int) -> None:
        """Tell the agent that help is coming."""

    async def acknowledge_forced(self, desk: str, number: int) -> None:
        """The agent has seen the forced change with this number."""

    async def system_microphone(self, desk: str, muted: bool | None) -> None:
        """Take what the operating system says of the microphone; None: it does not know."""

    async def reload(self) -> Reloaded:
        """Read the settings file again and apply what can change now."""
