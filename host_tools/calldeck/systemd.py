"""Word to the service manager: ready, stopping, reading the settings again, and still alive.

The protocol of systemd's sd_notify(3): lines of NAME=VALUE in a datagram to the socket that
NOTIFY_SOCKET names. Whoever starts the program without one is told nothing.
"""

import contextlib
import os
import socket
import time
from collections.abc import MutableMapping

import structlog

_log = structlog.get_logger(__name__)

_MICROSECONDS = 1_000_000


class ServiceManager:
    """The one who watches over this process. Telling never fails and never waits.

    environment: where its variables are; taken out, so that no child believes it is meant.
    """

    def __init__(self, environment: MutableMapping[str, str]) -> None:
        self._address = environment.pop("NOTIFY_SOCKET", "")
        self.watchdog_s = _watchdog_s(environment)

    def ready(self) -> None:
        """Say that the desks are served; also the end of `reloading`."""
        self._tell("READY=1")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._tell("STOPPING=1")

    def reloading(self) -> None:
        """Say that the settings are being read again; `ready` says that it is done."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._tell("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Say in one line how things stand, for `systemctl status`."""
        self._tell(f"STATUS={text}")

    def _tell(self, text: str) -> None:
        # Windows has no such sockets, and no such manager.
        family = getattr(socket, "AF_UNIX", None)
        if not self._address or family is None:
            return
        address = self._address
        if address.startswith("@"):
            address = "\0" + address[1:]
        with contextlib.closing(socket.socket(family, socket.SOCK_DGRAM)) as notice:
            notice.setblocking(False)
            try:
                notice.sendto(text.encode(), address)
            except OSError as error:
                _log.debug("service manager not told", text=text, error=str(error))


def _watchdog_s(environment: MutableMapping[str, str]) -> float | None:
    """Return within which time it must be fed; None where nobody waits for it."""
    meant = environment.pop("WATCHDOG_PID", "")
    text = environment.pop("WATCHDOG_USEC", "")
    if meant and meant != str(os.getpid()):
        return None
    if not text.isdecimal() or int(text) == 0:
        return None
    return int(text) / _MICROSECONDS
