"""Firmware images on this computer."""

from pathlib import Path

from calldeck.errors import FirmwareMissing
from calldeck.text import translate as _

PATTERN = "calldeck-*-RPI_PICO.uf2"


def find_image(named: str = "") -> Path:
    """Return the firmware image that an emulated console is to run.

    named: the one that the configuration names ([console] uf2); empty: the newest in
    `build/`, here or in the source tree that this package is installed from. Raises
    FirmwareMissing where there is none.
    """
    if named:
        path = Path(named).expanduser()
        try:
            if path.is_file():
                return path
        except OSError as error:
            raise FirmwareMissing(
                _(
                    "The firmware image {path}, which the configuration names ([console] uf2), "
                    "cannot be read: {why}."
                ).format(path=path, why=error.strerror)
            ) from error
        raise FirmwareMissing(
            _(
                "There is no firmware image {path}, which the configuration names ([console] uf2). "
                "Build one with: make firmware"
            ).format(path=path)
        )
    source_tree = Path(__file__).resolve().parents[3]
    for folder in (Path.cwd() / "build", source_tree / "build"):
        images = sorted(folder.glob(PATTERN), key=lambda path: path.stat().st_mtime)
        if images:
            return images[-1]
    raise FirmwareMissing(
        _("No firmware image is built, and the emulated console needs one: make firmware")
    )
