"""What `GET /api/v1/health` answers. It holds no secret, no caller and no name of a person."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

from calldeck import __version__

Link = Literal["up", "down"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConsoleHealth(_Part):
    """The console: its kind (`real`, `virtual`, `emulated`), its link and its firmware.

    `firmware` is null until a console has named its version.
    """

    kind: Literal["real", "virtual", "emulated"]
    link: Link
    firmware: str | None = None


class AcdHealth(_Part):
    """The ACD: the adapter's name and whether it is connected."""

    name: str
    link: Link


class Health(_Part):
    """The state of one desk. `uptime_s`: seconds since the daemon started."""

    version: str = __version__
    uptime_s: float = Field(ge=0)
    console: ConsoleHealth
    acd: AcdHealth

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> Literal["ok", "degraded"]:
        """`ok` while console and ACD are both connected."""
        both = self.console.link == "up" and self.acd.link == "up"
        return "ok" if both else "degraded"
