"""The socket of the local API: held from the start of a run, and served when there is time to."""

import errno
import socket
import sys

from calldeck.config.listen import ListenAddress, parse_listen
from calldeck.errors import ListenError, UsageError
from calldeck.text import translate as _

_BACKLOG = 64


def listening(address: ListenAddress) -> socket.socket:
    """Return a socket that listens: who connects waits there until somebody serves.

    Raises ListenError when the address cannot be listened on, UsageError when it is not loopback.
    """
    try:
        parse_listen(str(address))
    except ValueError as error:
        raise UsageError(str(error)) from None
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # With the protocol named, asyncio sends small answers at once; else each waits 40 ms for the
    # client's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # where it would let two programs have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ListenError(_why(address, error)) from None
    return listener


def _why(address: ListenAddress, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return _(
            "The local API cannot listen on {address}: another program listens there, perhaps "
            "another CallDeck. Stop it, or choose another port with --listen (port 0 takes a free "
            "one)."
        ).format(address=address)
    if isinstance(error, PermissionError):
        return _(
            "The local API cannot listen on {address}: this user may not use that port. Choose one "
            "above 1023."
        ).format(address=address)
    return _("The local API cannot listen on {address}: {error}.").format(
        address=address, error=error.strerror
    )
