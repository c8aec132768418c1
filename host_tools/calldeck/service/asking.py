"""What is asked of one desk by name, at the page or by a program: everything but its buttons."""

from __future__ import annotations

from calldeck.acd.interface import Phone
from calldeck.desk import (
    Direction,
    ForcedAcknowledged,
    HelpAcknowledged,
    SystemMicrophone,
    Verb,
)
from calldeck.desk_runner import DeskRunner
from calldeck.narration import WHY_TEXTS, told
from calldeck.service.login import Doorkeeper
from calldeck.station import Station
from calldeck.text import mark
from calldeck.text import translate as _
from calldeck.web.interface import NotPossible
from calldeck.web.models import Answer
from calldeck.web.parts import PhonePicture

OUTCOME_TEXTS = {
    "confirmed": mark("Done."),
    "noted": mark("Noted."),
    "pending": mark("The button is down."),
}


class Asking:
    """Carries to one desk what people and programs ask of it. `doorkeeper`: checks PINs."""

    def __init__(self, runner: DeskRunner, doorkeeper: Doorkeeper, acd_name: str) -> None:
        self._runner = runner
        self._doorkeeper = doorkeeper
        self._acd_name = acd_name

    @property
    def _station(self) -> Station:
        return self._runner.station

    async def login(self, agent: str, pin: str) -> Answer:
        """Log an agent in, once the PIN is found right."""
        await self._doorkeeper.check(agent, pin)
        return await self._ask(Verb.LOGIN, agent)

    async def logout(self) -> Answer:
        """Log the agent out."""
        return await self._ask(Verb.LOGOUT)

    async def not_ready(self, reason: str) -> Answer:
        """Become not ready for a reason: now, or after the call that is here."""
        return await self._ask(Verb.NOT_READY, reason=reason)

    async def mark_contact(
        self, contact: str, *, unresolved: bool | None, disposition: str | None
    ) -> Answer:
        """Say something of the last contact; None: nothing new."""
        outcome, why = await self._station.mark_contact(
            contact, unresolved=unresolved, disposition=disposition
        )
        return Answer(outcome=outcome, why=why, text=outcome_text(outcome, why))

    async def answer(self) -> Answer:
        """Take the ringing call."""
        self._phone()
        return await self._ask(Verb.ANSWER)

    async def hang_up(self) -> Answer:
        """End the call."""
        self._phone()
        return await self._ask(Verb.HANG_UP)

    def auto_answer(self, seconds: float | None) -> None:
        """Let the phone answer by itself, or not."""
        self._phone().set_auto_answer(seconds)

    def acknowledge(self, number: int) -> None:
        """Tell the agent that help is coming."""
        state = self._station.desk
        open_ones = [one.number for one in state.unattended]
        if state.help is not None:
            open_ones.append(state.help.number)
        if number not in open_ones:
            raise NotPossible(
                404, "no_such_assist", _("No call for help with this number is open.")
            )
        self._station.sink(HelpAcknowledged(number))

    def acknowledge_forced(self, number: int) -> None:
        """The agent has seen the forced change with this number."""
        forced = self._station.desk.forced
        if forced is None or forced.number != number:
            raise NotPossible(
                404,
                "no_such_change",
                _(
                    "No change with this number waits to be acknowledged: it was acknowledged "
                    "already, or another one came after it."
                ),
            )
        self._station.sink(ForcedAcknowledged(number))

    def system_microphone(self, muted: bool | None) -> None:
        """Take what the operating system says of the microphone; None: it does not know."""
        self._station.sink(SystemMicrophone(muted))

    # --- the phone --------------------------------------------------------------------------

    def phone_picture(self) -> PhonePicture | None:
        """The agent's phone, where it can be worked from here."""
        phone = self._phone_here()
        if phone is None:
            return None
        desk = self._station.desk
        wished = {wish.verb for wish in desk.wishes}
        # A call that the agent places rings at the customer's.
        rings_here = desk.call is None or desk.call.direction is Direction.INBOUND
        return PhonePicture(
            can_answer=desk.confirmed
            and desk.status == "ringing"
            and rings_here
            and Verb.ANSWER not in wished,
            can_hang_up=desk.confirmed
            and desk.status in ("talking", "held")
            and Verb.HANG_UP not in wished,
            auto_answer_s=phone.auto_answer_s,
        )

    def _phone_here(self) -> Phone | None:
        place = self._station.acd
        if place is None:
            return None
        return place if isinstance(place, Phone) else None

    def _phone(self) -> Phone:
        phone = self._phone_here()
        if phone is not None:
            return phone
        raise NotPossible(
            409,
            "no_phone",
            _("The ACD {name} does not let the phone be worked from here: use the phone.").format(
                name=self._acd_name
            ),
        )

    async def _ask(self, verb: Verb, agent: str = "", reason: str = "") -> Answer:
        # The desk ends every command, at its time-out at the latest.
        outcome, why = await self._station.ask(verb, agent, reason)
        return Answer(outcome=outcome, why=why, text=outcome_text(outcome, why))


def outcome_text(outcome: str, why: str) -> str:
    """Return in words how a wish or a press ended."""
    if why:
        return told(WHY_TEXTS, why)
    return told(OUTCOME_TEXTS, outcome)
