"""The Debian archive that this machine's apt uses, read through a private apt.

Packages of another suite are only downloaded, never installed: a private set of lists and caches
keeps the system's own apt out of it. Neither needs root.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from report import BuildStopped, run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True, slots=True)
class Archive:
    """Where a Debian archive is, and the keyring its signature is checked with (None: apt's)."""

    uri: str
    signed_by: Path | None


@dataclass(frozen=True, slots=True)
class _Entry:
    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str


def find_archive(apt_folder: Path = Path("/etc/apt"), release: str | None = None) -> Archive:
    """Return the archive that the system itself comes from.

    DEBIAN_MIRROR in the environment names another one. `release` is the system's code name, by
    default the one in /etc/os-release.
    """
    named = os.environ.get("DEBIAN_MIRROR", "")
    if named:
        return Archive(named, KEYRING if KEYRING.exists() else None)
    wanted = {release or _release_name(), "stable", "testing", "unstable", "sid"}
    for entry in _entries(apt_folder):
        if "main" in entry.components and wanted.intersection(entry.suites):
            signed_by = Path(entry.signed_by) if entry.signed_by.startswith("/") else KEYRING
            return Archive(entry.uri, signed_by if signed_by.exists() else None)
    raise BuildStopped(
        f"found no Debian archive in {apt_folder} (*.sources, *.list): the sources of the image "
        "are Debian packages; name a mirror with DEBIAN_MIRROR=, or an existing MicroPython tree "
        "with MICROPYTHON_DIR="
    )


def _release_name() -> str:
    path = Path("/etc/os-release")
    for line in path.read_text().splitlines() if path.exists() else ():
        name, _, value = line.partition("=")
        if name == "VERSION_CODENAME":
            return value.strip('"')
    return ""


def _entries(apt_folder: Path) -> Iterator[_Entry]:
    for path in sorted(apt_folder.glob("sources.list.d/*.sources")):
        yield from _deb822_entries(path.read_text())
    one_line = [*sorted(apt_folder.glob("sources.list.d/*.list")), apt_folder / "sources.list"]
    for path in one_line:
        if path.exists():
            yield from _one_line_entries(path.read_text())


def _deb822_entries(text: str) -> Iterator[_Entry]:
    """Parse the stanzas of a *.sources file, sources.list(5)."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in "\n".join(lines).split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        uris = fields.get("uris", "").split()
        if not uris or fields.get("enabled", "yes").lower() in {"no", "false", "0"}:
            continue
        if "deb" in fields.get("types", "").split():
            yield _Entry(
                uris[0],
                tuple(fields.get("suites", "").split()),
                tuple(fields.get("components", "").split()),
                fields.get("signed-by", ""),
            )


def _one_line_entries(text: str) -> Iterator[_Entry]:
    """Parse `deb [options] uri suite component...` lines, sources.list(5)."""
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words or words[0] != "deb":
            continue
        rest = words[1:]
        options: list[str] = []
        if rest and rest[0].startswith("["):
            end = next((at for at, word in enumerate(rest) if word.endswith("]")), len(rest) - 1)
            options, rest = " ".join(rest[: end + 1]).strip("[] ").split(), rest[end + 1 :]
        signed_by = next((o.partition("=")[2] for o in options if o.startswith("signed-by=")), "")
        if len(rest) > 2:
            yield _Entry(rest[0], (rest[1],), tuple(rest[2:]), signed_by)


class Suite:
    """One suite of an archive, whose lists are read once and kept under `folder`."""

    def __init__(self, archive: Archive, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        for part in ("state/lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        option = f"[signed-by={archive.signed_by}] " if archive.signed_by else ""
        (folder / "sources.list").write_text(
            "".join(f"{kind} {option}{archive.uri} {name} main\n" for kind in ("deb", "deb-src"))
        )
        (folder / "apt.conf").write_text(
            f'Dir::Etc::sourcelist "{folder}/sources.list";\n'
            'Dir::Etc::sourceparts "-";\n'
            f'Dir::State "{folder}/state";\n'
            'Dir::State::status "/var/lib/dpkg/status";\n'
            f'Dir::Cache "{folder}/cache";\n'
            'APT::Sandbox::User "root";\n'
            'APT::Update::Error-Mode "any";\n'
        )
        self._apt(
            "apt-get",
            "-qq",
            "update",
            doing=f"read the Debian suite {name} from this machine's mirror "
            "(is the network up, does the mirror still have the suite?)",
        )

    def versions(self, package: str, kind: str) -> tuple[str, ...]:
        """Return the versions the suite has of a `source` or `binary` package, newest first."""
        said = self._apt("apt-cache", "madison", package, doing=f"look up the package {package}")
        rows = [[cell.strip() for cell in line.split("|")] for line in said.splitlines()]
        ending = "Sources" if kind == "source" else "Packages"
        return tuple(row[1] for row in rows if len(row) == 3 and row[2].endswith(ending))

    def download(self, package: str, version: str, kind: str, into: Path) -> None:
        """Download the package's files; apt checks them against the signed lists."""
        command = ["source", "--download-only"] if kind == "source" else ["download"]
        self._apt(
            "apt-get",
            "-qq",
            *command,
            f"{package}={version}",
            doing=f"download {package} {version} from the Debian suite {self.name}",
            folder=into,
        )

    def _apt(self, *command: str, doing: str, folder: Path | None = None) -> str:
        environment = dict(os.environ, APT_CONFIG=str(self._folder / "apt.conf"), LC_ALL="C")
        return run(command, doing=doing, folder=folder, environment=environment)
