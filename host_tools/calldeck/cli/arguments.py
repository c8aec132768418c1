"""The options of `calldeck run`: their names, and the help a stranger reads."""

from pathlib import Path
from typing import Annotated

import typer

from calldeck.cli.logs import Level
from calldeck.text import translate as _

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help=_(
            "Settings, in TOML. Without it, those in your own settings folder, if "
            "calldeck config init has made some; else every setting has its default."
        ),
    ),
]
Console = Annotated[
    str,
    typer.Option(
        "--console",
        metavar="auto|demo|virtual|emulated|URL",
        help=_(
            "Which console to use. auto: the one plugged in; waits for it and reconnects for ever. "
            "emulated: the real firmware in an emulator. virtual: the console program on this "
            "computer. demo: emulated if the firmware is built, else virtual. URL: a serial port, "
            "such as /dev/ttyACM0, COM3 or socket://HOST:PORT; or serial:NUMBER for the console "
            "with this USB serial number. It is for desks whose settings name no console."
        ),
    ),
]
RequireConsole = Annotated[
    bool,
    typer.Option(
        "--require-console",
        help=_("Do not wait for a console: leave with code 3 when there is none at the start."),
    ),
]
Acd = Annotated[
    str, typer.Option("--acd", metavar="NAME", help=_("Which ACD adapter to connect through."))
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        help=_("Seed of the simulated ACD: the same seed brings the same callers."),
    ),
]
Speed = Annotated[
    float,
    typer.Option(
        "--speed",
        metavar="X",
        help=_("Run the clock of the simulated ACD X times as fast. Presses stay in real time."),
    ),
]
Script = Annotated[
    Path | None,
    typer.Option(
        "--script",
        metavar="FILE",
        help=_(
            "A timed list of presses and of what happens at the ACD, in TOML. Presses need a "
            "virtual or emulated console. See examples/shift.toml."
        ),
    ),
]
For = Annotated[
    float | None,
    typer.Option(
        "--for", metavar="SECONDS", help=_("End after so many seconds instead of on Ctrl-C.")
    ),
]
Summary = Annotated[
    Path | None,
    typer.Option(
        "--summary",
        metavar="FILE",
        help=_("Write the figures of the run here at its end, as JSON."),
    ),
]
Listen = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help=_(
            "Serve the page and the local API here; 127.0.0.1:8730 if you do not say. HOST must be "
            "a loopback address; port 0 takes a free one; off: serve them nowhere."
        ),
    ),
]
OpenPage = Annotated[
    bool, typer.Option("--open", help=_("Open the page in the browser, where there is a screen."))
]
Quiet = Annotated[
    bool, typer.Option("--quiet", help=_("Show nothing but problems: for a run nobody watches."))
]
LogLevel = Annotated[
    Level, typer.Option("--log-level", help=_("How much to log, on standard error."))
]
