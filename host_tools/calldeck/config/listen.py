"""The address the local API listens on, which is never reachable from another computer."""

import ipaddress
import re
from dataclasses import dataclass

from calldeck.text import translate as _

_ADDRESS = re.compile(r"(?:\[(?P<six>[^\[\]]*)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """A loopback address (an IP address, never a name) and a TCP port; port 0: any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_listen(text: str) -> ListenAddress:
    """Read HOST:PORT; `localhost` is 127.0.0.1.

    Raises ValueError with a finished sentence when it is something else, or when HOST is not an
    address of this computer alone. No name is looked up: what a name resolves to can change.
    """
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match["port"]) > _HIGHEST_PORT:
        raise ValueError(
            _(
                "{text!r} is not HOST:PORT. Write a loopback address and a port from 0 to 65535 "
                "(0: any free one), such as 127.0.0.1:8730 or [::1]:8730."
            ).format(text=text)
        )
    host = match["six"] if match["six"] is not None else match["host"]
    if host.lower() == "localhost":
        host = "127.0.0.1"
    if not _is_loopback(host):
        raise ValueError(
            _(
                "{host!r} is not a loopback address. The local API shows what an agent is doing "
                "and must not be reachable from other computers. Use 127.0.0.1, [::1] or localhost."
            ).format(host=host)
        )
    return ListenAddress(host, int(match["port"]))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
