"""Who may log in: an id and its PIN, checked by the ACD where it knows PINs, else by our own file.

A PIN is passed on once and kept nowhere: not in an event, a log or a journal line.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from calldeck.access.attempts import Attempts
from calldeck.access.pins import PinStore
from calldeck.acd.interface import Acd, PinVerifier
from calldeck.errors import AccessError
from calldeck.text import translate as _
from calldeck.web.interface import NotPossible


class Doorkeeper:
    """Checks PINs, and makes those wait who have failed too often.

    `pins`: the store to ask where the ACD knows none. `clock`: seconds, never going back.
    """

    def __init__(self, acd: Acd, pins: PinStore, clock: Callable[[], float]) -> None:
        self.pins = pins
        self._acd = acd
        self._clock = clock
        self._attempts = Attempts()
        # One check at a time: each costs memory and a core, which the desk needs for better things.
        self._checking = asyncio.Lock()

    async def check(self, agent: str, pin: str) -> None:
        """Return when this is that agent's PIN.

        Raises NotPossible: 429 while the id is locked, 403 for a wrong id or PIN (which of the two
        is not told), 503 where the PIN file cannot be used.
        """
        async with self._checking:
            wait_s = self._attempts.locked_for_s(agent, self._clock())
            if wait_s > 0:
                raise NotPossible(
                    429,
                    "login_locked",
                    _(
                        "There were too many wrong PINs for this login id. Wait {seconds} seconds, "
                        "then try again, or ask your supervisor."
                    ).format(seconds=math.ceil(wait_s)),
                    retry_after_s=math.ceil(wait_s),
                )
            if await self._is_right(agent, pin):
                self._attempts.succeeded(agent)
                return
            self._attempts.failed(agent, self._clock())
        raise NotPossible(
            403,
            "wrong_login",
            _("This login id and PIN do not go together. Type both again."),
        )

    async def _is_right(self, agent: str, pin: str) -> bool:
        if isinstance(self._acd, PinVerifier) and self._acd.verifies_pins:
            return await self._acd.verify_pin(agent, pin)
        try:
            return await asyncio.to_thread(self.pins.verify, agent, pin)
        except AccessError as error:
            # Nobody's failure: the file has to be mended first.
            raise NotPossible(503, "pins_unusable", str(error)) from None

    @property
    def demonstration(self) -> tuple[str, str] | None:
        """An id and a PIN that may be shown, where nothing is protected by them."""
        return self._acd.demonstration if isinstance(self._acd, PinVerifier) else None
