"""Running the command as a user who owns nothing: root, who may run the tests, may do everything.

Where the tests are not run by root, they are run by such a user already.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.system.command import COMMAND

NOBODY = 65534

# Neither the interpreter nor this tree need be readable to others (a home folder seldom is). So
# everything is imported first, and the installed packages, where the ACD's adapter is looked up by
# name, are kept as the working directory: that needs no permission on what lies above.
_DROP = f"""
import asyncio, contextlib, os, sys, sysconfig
import calldeck.acd.simulated, calldeck.cli, calldeck.daemon
import serial.serialposix, serial.tools.list_ports
asyncio.run(asyncio.to_thread(int))
with contextlib.redirect_stdout(None):  # brings in what the command line imports when it is used
    calldeck.cli.invoke(calldeck.cli.build_app(int, id), ["run", "--help"])
os.chdir(sysconfig.get_path("purelib"))
sys.path.insert(0, ".")
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
sys.argv[0] = "calldeck"
calldeck.cli.main()
"""


def nobody_runs() -> Sequence[str]:
    """Return the beginning of a command line that runs `calldeck` without any permissions."""
    return (sys.executable, "-c", _DROP) if os.geteuid() == 0 else COMMAND


def nobody_may_read(folder: Path) -> None:
    """Let everybody into a folder."""
    folder.chmod(0o755)
