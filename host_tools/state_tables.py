"""Write the desk's state machine as a page to read, from the tables that the desk goes by.

python host_tools/state_tables.py            # write docs/state-machine.md
python host_tools/state_tables.py --check    # only say whether it is up to date
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from calldeck.desk import Gesture, Status, Verb
from calldeck.desk.table import (
    GESTURES,
    OWN_CAUSES,
    PASSAGES,
    REQUESTS,
    TRAITS,
    Answer,
    Ask,
    AskOfVoice,
    ChooseReason,
    EndWork,
    LoginAgain,
    OfferLogout,
    Passage,
    Plan,
    Refuse,
    TakeNote,
    TwoTaps,
)
from calldeck.desk.terms import Refusal

PAGE = Path(__file__).resolve().parent.parent / "docs" / "state-machine.md"

HEAD = """\
# The state machine of a desk

Written by `host_tools/state_tables.py` from `host_tools/calldeck/desk/table.py`, which the desk
itself goes by; `make test` holds the two together, and the model check of `make bench-desk` reaches
every pair or says why it cannot be.

The status is the ACD's: what it tells replaces what the desk held, always. A gesture makes a
command, and each command has one outcome: confirmed, denied, timed out or unknown. Lamps change
when the ACD tells of a change, not before.
"""

GATE = """\
Before its row counts, HOLD and STATUS are refused when the ACD is not connected (`acd_down`), when
the console showed nothing confirmed (`not_shown`), while an earlier command of the same button is
unanswered (`command_unanswered`), when status, call or choice have changed since the picture that
the press was made on (`status_changed`), and for a moment after a call has come (`arrival_guard`).
ASSIST needs a connected ACD and a picture that was not link lost, and nothing else. MUTE is the
console's own. Any press on a picture that showed a forced change acknowledges it; STATUS does
nothing else then. While a choice is shown, a tap of STATUS steps on and a long press confirms. What
was planned for after a call ends when something else is asked for.
"""


def words(word: str) -> str:
    """Return a code in words."""
    return word.replace("_", " ")


HEARD = "(refused where nobody hears)"


def said(answer: Answer) -> str:
    """Say an answer of the table in a few words."""
    match answer:
        case Ask() | AskOfVoice() | EndWork() | LoginAgain():
            return said_of_asking(answer)
        case Plan(verb):
            return f"plan {words(verb)} for after the call, or take a plan back"
        case ChooseReason():
            return "choose a reason"
        case OfferLogout():
            return "offer a logout"
        case Refuse(why):
            return f"refused: {words(why)}"
        case TakeNote():
            return f"the console acts; noted {HEARD}"
        case TwoTaps():
            return "two taps"


def said_of_asking(answer: Ask | AskOfVoice | EndWork | LoginAgain) -> str:
    """Say what is asked of the ACD."""
    match answer:
        case Ask(verb):
            return f"ask: {words(verb)}"
        case AskOfVoice(verb):
            return f"ask: {words(verb)} {HEARD}"
        case EndWork():
            return "ask: end work, or what is planned"
        case LoginAgain(otherwise):
            return f"ask: login, where that of the start failed; else refused: {words(otherwise)}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Return the lines of a table."""
    cells = list(head)
    lines = [f"| {' | '.join(cells)} |", "|" + "---|" * len(cells)]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def gestures() -> list[str]:
    """Say what each gesture does in each status."""
    head = ["gesture", *(words(status) for status in Status)]
    rows = [
        [words(gesture), *(said(GESTURES[status, gesture]) for status in Status)]
        for gesture in Gesture
    ]
    return ["", "## What a gesture does", "", *GATE.splitlines(), "", *table(head, rows)]


def passages() -> list[str]:
    """Say which changes must be acknowledged."""
    text = {Passage.SAME: "-", Passage.CALL: "a call's step", Passage.CAUSE: "forced?"}
    own = ", ".join(f"`{cause}`" for cause in sorted(OWN_CAUSES))
    head = ["from \\ to", *(words(status) for status in Status)]
    rows = [
        [words(before), *(text[PASSAGES[before, after]] for after in Status)] for before in Status
    ]
    return [
        "",
        "## What a change of status is",
        "",
        "*forced?*: it must be acknowledged by a press, unless its cause is one that the agent",
        f"knows of: {own}. What changed while the ACD was away is forced in any case.",
        "",
        *table(head, rows),
    ]


def requests() -> list[str]:
    """Say what can be asked for at the page."""
    head = ["request", *(words(status) for status in Status)]

    def cell(verb: Verb, status: Status) -> str:
        if status in REQUESTS[verb]:
            planned = verb is Verb.NOT_READY and TRAITS[status].call
            return "planned for after the call" if planned else "asked"
        if verb is Verb.LOGIN:
            why = Refusal.ALREADY_LOGGED_IN
        elif status is Status.LOGGED_OUT:
            why = Refusal.LOGGED_OUT
        elif verb is Verb.LOGOUT and TRAITS[status].call:
            why = Refusal.CALL_ACTIVE
        else:
            why = Refusal.NOT_POSSIBLE_NOW
        return f"refused: {words(why)}"

    rows = [[words(verb), *(cell(verb, status) for status in Status)] for verb in REQUESTS]
    return ["", "## What is asked for at the page", "", *table(head, rows)]


def by_itself() -> list[str]:
    """Say what the desk does in a status without a press."""

    def plans(verbs: frozenset[Verb]) -> str:
        return ", ".join(sorted(words(verb) for verb in verbs)) or "-"

    head = [
        "status",
        "a call is here",
        "the ACD's mute follows",
        "plans due",
        "plans over",
        "login",
    ]
    rows = [
        [
            words(status),
            "yes" if traits.call else "-",
            "yes" if traits.answered else "-",
            plans(traits.plans_due),
            plans(traits.plans_ended),
            "at the start" if traits.login_due else "-",
        ]
        for status, traits in TRAITS.items()
    ]
    return ["", "## What the desk does by itself", "", *table(head, rows)]


def page() -> str:
    """Return the whole page."""
    lines = [*HEAD.splitlines(), *gestures(), *passages(), *requests(), *by_itself()]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page, or say whether it is up to date."""
    if "--check" in sys.argv[1:]:
        if PAGE.read_text("utf-8") == page():
            return 0
        sys.stderr.write(f"{PAGE.name} is out of date. Run: python host_tools/state_tables.py\n")
        return 1
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(GESTURES)} gestures, {len(PASSAGES)} changes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
