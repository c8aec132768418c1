"""The page's texts, by key: `{{text:KEY}}` in index.html, `text("KEY")` in the scripts."""

from collections.abc import Mapping

from calldeck.text import mark

TEXTS: Mapping[str, str] = {
    "title": mark("CallDeck"),
    "skip": mark("Skip to the console"),
    "desk": mark("Desk {desk}"),
    "extension": mark("Extension {extension}"),
    "steady": mark("Steady lamps"),
    "steady.hint": mark("Lamps do not blink; their pattern is shown as a word."),
    "nobody": mark("Nobody is logged in"),
    "agent": mark("Agent {agent}"),
    "logout": mark("Log out"),
    "close": mark("Close"),
    "notice": mark("Notice"),
    # how to get in
    "key.title": mark("This page needs its key"),
    "key.how": mark(
        "Open the link that CallDeck shows when it starts, or run this command in a terminal and "
        "open the link that it prints:"
    ),
    "key.paste": mark("Or paste the key here:"),
    "key.open": mark("Open the page"),
    "key.wrong": mark("This is not the key. Run the command again and copy all of it."),
    # several desks
    "desks.title": mark("Which desk?"),
    "desks.none": mark("There is no desk {desk} here."),
    "desks.other": mark("Other desks"),
    "desks.free": mark("nobody is logged in"),
    # login
    "login.title": mark("Log in"),
    "login.id": mark("Login ID"),
    "login.pin": mark("PIN"),
    "login.button": mark("Log in"),
    "login.demonstration": mark(
        "This is a demonstration. Log in with the ID {agent} and the PIN {pin}."
    ),
    "login.busy": mark("Logging in..."),
    # status
    "status.title": mark("Your status"),
    "status.since": mark("for {time}"),
    "status.why": mark("Why: {cause}"),
    "status.reason": mark("Reason: {reason}"),
    "status.wish": mark("On its way to the ACD: {wish}."),
    "pending.none": mark("Available after this call."),
    "forced.title": mark("A change that you did not make"),
    "forced.for": mark("{time} ago"),
    "forced.acknowledge": mark("I have seen it"),
    "not_ready.title": mark("Not ready"),
    "not_ready.reason": mark("Reason for not ready"),
    "not_ready.now": mark("Become not ready"),
    "not_ready.later": mark("After this call"),
    "next.title": mark("What to do next"),
    "next.logged_out": mark("Log in with your login ID and PIN."),
    "next.not_ready": mark("Press STATUS to become available. Then calls ring here."),
    "next.available": mark("Wait for the next call: it rings here. For a break, press STATUS."),
    "next.ringing": mark("A customer is calling: press Answer."),
    "next.ringing.auto": mark("A customer is calling; your phone answers by itself."),
    "next.talking": mark(
        "You are talking. MUTE is for a cough, HOLD lets the customer wait, STATUS plans a break "
        "for after the call. Hang up ends the call."
    ),
    "next.talking.muted": mark(
        "Your microphone is muted: the customer does not hear you. Press MUTE to speak."
    ),
    "next.talking.overdue": mark(
        "You are muted for long, and the customer is not told why. Press HOLD to let them wait, or "
        "MUTE to speak."
    ),
    "next.talking.silent": mark(
        "You are working on a contact without a voice: there is nothing to mute or to hold. STATUS "
        "plans a break for after it."
    ),
    "next.ringing.outbound": mark("The customer's phone is ringing: wait for an answer."),
    "next.forced": mark(
        "Read above why your status was changed, then acknowledge it, there or by a press. STATUS "
        "does nothing else this once."
    ),
    "next.held": mark("The customer is waiting. Press HOLD to take them back."),
    "next.after_call_work": mark(
        "Finish your work on this call, then press STATUS: you are available again. Tap it twice "
        "to be not ready."
    ),
    "next.after_call_work.not_ready": mark(
        "Finish your work on this call, then press STATUS: you are not ready, as you have planned."
    ),
    "next.after_call_work.logout": mark(
        "Finish your work on this call, then press STATUS: you are logged out, as you have planned."
    ),
    "next.unconfirmed": mark("Wait: the ACD is not connected. It is being tried again."),
    "next.console": mark("Wait: the console is not connected. It is being tried again."),
    # console
    "console.title": mark("Console"),
    "lamp.availability": mark("Availability"),
    "lamp.mute": mark("Mute"),
    "lamp.hold": mark("Hold"),
    "lamp.attention": mark("Attention"),
    "lamp.queue": mark("Queue"),
    "choice.reason": mark("Not ready: which reason?"),
    "choice.logout": mark("Log out?"),
    "choice.left": mark("Given up in {time}"),
    "faults.title": mark("Faults of the equipment"),
    "lamps.title": mark("What the lamps say"),
    "button.mute": mark("MUTE"),
    "button.hold": mark("HOLD"),
    "button.status": mark("STATUS"),
    "button.assist": mark("ASSIST"),
    "menu.more": mark("More ways to press {button}"),
    "menu.mute.tap": mark("Mute or open the microphone (tap)"),
    "menu.mute.cough": mark("Mute for a cough: 2 seconds (hold)"),
    "menu.hold.tap": mark("Put the customer on hold (tap)"),
    "menu.hold.resume": mark("Take the customer back (tap)"),
    "menu.status.not_ready": mark("Become available (tap)"),
    "menu.status.available": mark("Become not ready: a break (tap)"),
    "menu.status.plan": mark("Not ready after this call (tap)"),
    "menu.status.unplan": mark("Stay available after this call (tap)"),
    "menu.status.after_call_work": mark("End after-call work (tap)"),
    "menu.status.double": mark("End it and become not ready (double tap)"),
    "menu.status.reason": mark("Choose a reason for not ready (hold)"),
    "menu.status.next": mark("Next reason (tap)"),
    "menu.status.confirm": mark("Confirm: {reason} (hold)"),
    "menu.status.stay": mark("Stay logged in (tap)"),
    "menu.status.leave": mark("Confirm: log out (hold)"),
    "menu.status.offer": mark("Offer a logout (hold for long)"),
    "menu.status.acknowledge": mark("Acknowledge the change (tap)"),
    "menu.status.logged_out": mark("Nothing: log in first"),
    "menu.assist.tap": mark("Call the team leader (tap)"),
    "menu.assist.emergency": mark("Call for help in an emergency (hold)"),
    "colour.red": mark("red"),
    "colour.green": mark("green"),
    "colour.blue": mark("blue"),
    "colour.amber": mark("amber"),
    "colour.white": mark("white"),
    "colour.yellow": mark("yellow"),
    "pattern.off": mark("off"),
    "pattern.steady": mark("steady"),
    "pattern.flash": mark("flashing"),
    "pattern.wink": mark("winking"),
    "pattern.blip": mark("blipping"),
    "pattern.double": mark("double flash"),
    "pattern.fast": mark("flashing fast"),
    "pattern.link_lost": mark("flashing slowly"),
    # phone
    "phone.title": mark("Phone"),
    "phone.answer": mark("Answer"),
    "phone.hang_up": mark("Hang up"),
    "phone.auto": mark("Answer by itself after"),
    "phone.seconds": mark("seconds"),
    "phone.seconds.label": mark("Seconds until the phone answers by itself"),
    # facts
    "call.title": mark("Contact"),
    "call.none": mark("No contact is here."),
    "call.queue": mark("{channel}, {direction}, queue {queue}, {id}, with you for {time}"),
    "contact.title": mark("What you say of your last contact"),
    "contact.here": mark("This contact:"),
    "contact.last": mark("Your last contact: {channel}, {direction}, queue {queue}, {id}"),
    "contact.unresolved": mark("Unresolved: to be passed on"),
    "contact.disposition": mark("How it ended"),
    "contact.none": mark("not said yet"),
    "contact.save": mark("Save"),
    "contact.later": mark("How it ended can be said after the contact."),
    "queue.title": mark("Waiting callers"),
    "queue.none": mark("Nobody is waiting."),
    "queue.waiting": mark("Waiting: {count}"),
    "queue.oldest": mark("the first for {time}"),
    "queue.unknown": mark("Not known."),
    "microphone.title": mark("Microphone"),
    "microphone.console": mark("Console"),
    "microphone.operating_system": mark("Computer"),
    "microphone.pbx": mark("ACD"),
    "microphone.age": mark("for {time}"),
    # assist
    "assist.title": mark("Calls for help"),
    "assist.none": mark("Nobody has called for help."),
    "assist.line": mark("{agent}, {status}, {time} ago"),
    "assist.emergency": mark("EMERGENCY: {agent}, {status}, {time} ago"),
    "assist.acknowledge": mark("Acknowledge"),
    "assist.coming": mark("Help is coming"),
    # events
    "events.title": mark("What happened"),
    "events.none": mark("Nothing yet."),
    "events.missed": mark("This page was away for long: some events are not shown."),
    # connection
    "links.title": mark("Connections and versions"),
    "link.console": mark("Console"),
    "link.acd": mark("ACD"),
    "link.page": mark("This page"),
    "link.up": mark("connected"),
    "link.down": mark("not connected"),
    "link.firmware": mark("firmware {version}, protocol {protocol}, serial {serial}"),
    "link.restarted": mark("restarted since it was last connected: {why}"),
    "link.program": mark("CallDeck {version}"),
    "link.kind.real": mark("real console"),
    "link.kind.virtual": mark("virtual console"),
    "link.kind.emulated": mark("emulated console"),
    "lost": mark("Connection to CallDeck lost: the lamps here are not known. Trying again..."),
    "lost.meaning": mark("not known: no connection"),
    "lost.status": mark("not known"),
    "back": mark("Connected again."),
    "restarted": mark("CallDeck was restarted; this page is connected again since {time}."),
    "failed": mark("CallDeck did not answer. Try again."),
}
