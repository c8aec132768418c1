"""What people and programs may see of a desk and ask of it: the page and the API speak to this.

`Desks` is the whole of it, `ServedDesk` one of them; `picture`, `lamp_pictures` and
`microphone_picture` draw a desk, `pressing` presses its buttons, `asking` asks it by name, `login`
checks who may log in.
"""

from calldeck.service.desks import Desks
from calldeck.service.served_desk import ConsoleChoice

__all__ = ["ConsoleChoice", "Desks"]
