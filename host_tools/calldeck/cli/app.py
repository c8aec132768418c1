"""The program `calldeck`: checks what it is asked for, runs it, and says what went wrong."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from calldeck import __version__
from calldeck.cli import arguments, checks
from calldeck.cli.access_commands import add_access_commands
from calldeck.cli.agent_commands import add_agent_commands
from calldeck.cli.config_commands import add_config_commands
from calldeck.cli.frames_command import add_frames_command
from calldeck.cli.ledger_commands import add_ledger_commands
from calldeck.cli.loading import loading
from calldeck.cli.logs import Level, configure_logs
from calldeck.cli.terminal import TerminalView
from calldeck.config.options import RunOptions
from calldeck.config.script import load_script
from calldeck.config.settings import DEFAULT_LISTEN, load_settings
from calldeck.errors import CalldeckError
from calldeck.text import translate as _

EXIT_INTERRUPTED = 130

Run = Callable[[RunOptions], int]
AcdCheck = Callable[[str], object]


def build_app(run: Run, check_acd: AcdCheck) -> typer.Typer:
    """Make the command line around `run`, which does the work and gives the exit code.

    `check_acd` raises UsageError for a name that no ACD adapter has.
    """
    app = typer.Typer(
        name="calldeck",
        help=_("A desk console for contact-centre agents, and the daemon that bridges it."),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def calldeck(
        _version: Annotated[
            bool,
            typer.Option(
                "--version",
                help=_("Show the version and leave."),
                callback=_show_version,
                is_eager=True,
            ),
        ] = False,
    ) -> None:
        pass

    @app.command("run", help=_("Connect a console to an ACD and keep them in agreement."))
    def run_command(  # noqa: PLR0913, PLR0917 one for each option
        config: arguments.Config = None,
        console: arguments.Console = "auto",
        require_console: arguments.RequireConsole = False,
        acd: arguments.Acd = "simulated",
        seed: arguments.Seed = 1,
        speed: arguments.Speed = 1.0,
        script: arguments.Script = None,
        for_s: arguments.For = None,
        summary: arguments.Summary = None,
        listen: arguments.Listen = None,
        open_page: arguments.OpenPage = False,
        quiet: arguments.Quiet = False,
        log_level: arguments.LogLevel = Level.WARNING,
    ) -> None:
        configure_logs(log_level)
        config = checks.settings_file(config)
        settings = load_settings(config)
        steps = load_script(script) if script else None
        check_acd(acd)
        options = RunOptions(
            settings=settings,
            console=checks.check_shared_console(checks.check_console(console), settings),
            require_console=require_console,
            acd=acd,
            seed=checks.check_seed(seed),
            speed=checks.check_speed(speed),
            script=checks.check_script(steps, script, console, settings),
            for_s=checks.check_for(for_s),
            summary=checks.check_summary(summary),
            listen=checks.check_listen(listen, settings),
            listen_fallback=listen is None and settings.web.listen == DEFAULT_LISTEN,
            open_page=open_page and checks.has_screen(),
            config=config,
        )
        several = len(settings.desks) > 1
        with TerminalView(sys.stdout, several=several, quiet=quiet) as view:
            show_link = view.show_link if sys.stdout.isatty() else None
            code = run(replace(options, observer=view.show, show_link=show_link))
        raise typer.Exit(code)

    add_access_commands(app)
    add_agent_commands(app)
    add_config_commands(app)
    add_ledger_commands(app)
    add_frames_command(app)
    return app


def invoke(app: typer.Typer, words: Sequence[str]) -> int:
    """Run `app` on the words of a command line and give the exit code.

    An error a person can do something about becomes its sentence on standard error. Any other
    exception is a bug and passes through with its traceback.
    """
    try:
        app(args=list(words), prog_name="calldeck")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except CalldeckError as error:
        return _report([error])
    except BaseExceptionGroup as group:
        leaves = list(_leaves(group))
        if any(isinstance(leaf, KeyboardInterrupt) for leaf in leaves):
            return EXIT_INTERRUPTED
        known = [leaf for leaf in leaves if isinstance(leaf, CalldeckError)]
        if len(known) < len(leaves):
            raise
        return _report(known)
    return 0


def main() -> None:
    """Be the command `calldeck`."""
    sys.exit(invoke(build_app(_run_daemon, _check_acd), sys.argv[1:]))


def _report(errors: Sequence[CalldeckError]) -> int:
    for error in errors:
        for line in str(error).splitlines():
            print(f"calldeck: {line}", file=sys.stderr)  # noqa: T201 this is where errors end
    return errors[0].exit_code


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """Give the errors in a group, of whatever depth, that is made of more groups."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"calldeck {__version__}")
        raise typer.Exit


# The daemon and the adapters are imported only when they are about to run: `--help` and a mistake
# in the arguments are answered at once.
def _run_daemon(options: RunOptions) -> int:
    with loading():
        from calldeck.daemon import run

    return run(options)


def _check_acd(name: str) -> object:
    with loading():
        from calldeck.acd import registry

        return registry.load(name)
