"""What `GET /api/v1/health` answers. It holds no secret, no caller and no name of a person."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

from calldeck import __version__

Link = Literal["up", "down"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConsoleHealth(_Part):
    """The console: its kind (`real`, `virtual`, `emulated`), its link and its firmware.

    Of several desks, one whose link is down, where there is one; `connected`: how many are up.
    `firmware` is null until a console has named its version.
    """

    kind: Literal["real", "virtual", "emulated"]
    link: Link
    firmware: str | None = None
    connected: int = Field(default=0, ge=0)


class EventLoopHealth(_Part):
    """How late the daemon's event loop was in the last minute, in ms, and at the worst ever.

    Presses and lamps are as late as it is. Null until it has been measured.
    """

    lag_p50_ms: float | None = None
    lag_p99_ms: float | None = None
    lag_worst_ms: float | None = None


class AcdHealth(_Part):
    """The ACD: the adapter's name and whether it is connected."""

    name: str
    link: Link


class Health(_Part):
    """The state of a daemon and its desks. `uptime_s`: seconds since the daemon started."""

    version: str = __version__
    uptime_s: float = Field(ge=0)
    desks: int = Field(default=1, ge=1)
    console: ConsoleHealth
    acd: AcdHealth
    event_loop: EventLoopHealth = EventLoopHealth()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> Literal["ok", "degraded"]:
        """`ok` while every console and the ACD are connected."""
        both = self.console.link == "up" and self.acd.link == "up"
        return "ok" if both else "degraded"
