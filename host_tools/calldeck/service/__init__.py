"""What people and programs may see of a desk and ask of it: the page and the API speak to this.

`Desks` is the whole of it; `picture` draws a desk, `pressing` presses its buttons, `login` checks
who may log in.
"""

from calldeck.service.desks import ConsoleChoice, Desks

__all__ = ["ConsoleChoice", "Desks"]
