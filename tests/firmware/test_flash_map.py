"""Where the settings lie in flash, and that no image reaches into them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.firmware.built_image import (
    CACHE,
    FLASH,
    build_in,
    build_pico2,
    copy_of_the_project,
    read_uf2,
)
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute
from tests.firmware.image_tools import IMAGE, flash_image, flash_map, report

from calldeck.consoles.lockstep import LockstepEmulator

KB = 1024
SETTINGS = 2048 * KB - 1408 * KB - 8 * KB
SETTINGS_ON_A_PICO2 = 4096 * KB - 3072 * KB - 8 * KB


@pytest.fixture(scope="module")
def shop(uf2: Path) -> flash_image.Workshop:
    """Where `make firmware` has built that image."""
    build = ROOT / "build" / "firmware"
    pico = flash_image.BOARDS["pico"]
    return flash_image.Workshop(pico, ROOT / "firmware", build / "micropython", build)


@pytest.fixture
def other_shop(shop: flash_image.Workshop, tmp_path: Path) -> flash_image.Workshop:
    """The same, with an output folder of its own."""
    (tmp_path / "cmake").symlink_to(shop.cmake)
    return replace(shop, build=tmp_path)


def map_by(shop: flash_image.Workshop, tmp_path: Path, old: str, new: str) -> flash_map.FlashMap:
    """Return the map by headers in which one thing has changed."""
    for source in (IMAGE / "boards/calldeck.h", IMAGE / "boards/CALLDECK_PICO/mpconfigboard.h"):
        target = tmp_path / source.relative_to(IMAGE)
        target.parent.mkdir(parents=True)
        target.write_text(source.read_text().replace(old, new))
    chip = shop.cmake / "generated/pico_base/pico/config_autogen.h"
    return flash_map.read_flash_map(chip, tmp_path / "boards/CALLDECK_PICO/mpconfigboard.h")


def test_the_headers_put_the_settings_right_before_the_files(shop: flash_image.Workshop) -> None:
    expected = flash_map.FlashMap(2048 * KB, SETTINGS, 8 * KB, 1408 * KB)
    assert flash_image.flash_map_of(shop) == expected
    assert SETTINGS == 0x9E000


def test_the_consoles_files_begin_where_the_map_says(uf2: Path) -> None:
    code = "import rp2\nflash = rp2.Flash()\nprint(flash.ioctl(4, 0) * flash.ioctl(5, 0))"
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        files_bytes = int(execute(pico, code))
    assert 2048 * KB - files_bytes == SETTINGS + 8 * KB


def test_the_uf2_writes_to_no_sector_of_the_settings_or_the_files(uf2: Path) -> None:
    assert max(block.address + 256 for block in read_uf2(uf2)) <= FLASH + SETTINGS


@pytest.mark.full
@pytest.mark.timeout(600)
def test_nor_does_that_of_a_pico2(shop: flash_image.Workshop) -> None:
    image = build_pico2()
    last = max(block.address + 256 for block in read_uf2(image.uf2))
    assert last <= FLASH + SETTINGS_ON_A_PICO2
    found = flash_image.flash_map_of(
        replace(shop, board=flash_image.BOARDS["pico2"], build=image.build)
    )
    assert found == flash_map.FlashMap(4096 * KB, SETTINGS_ON_A_PICO2, 8 * KB, 3072 * KB)


def test_an_image_up_to_the_settings_is_taken_and_one_byte_more_is_not(
    shop: flash_image.Workshop, tmp_path: Path
) -> None:
    found = flash_image.flash_map_of(shop)
    image = tmp_path / "firmware.bin"
    image.write_bytes(bytes(SETTINGS))
    assert flash_map.check_image(image, found) == 0
    image.write_bytes(bytes(SETTINGS + 1))
    with pytest.raises(report.BuildStopped, match=r"1 more than fit .* settings at 0x1009e000"):
        flash_map.check_image(image, found)


def test_no_uf2_is_left_of_an_image_that_reaches_into_the_settings(
    other_shop: flash_image.Workshop, tmp_path: Path
) -> None:
    image, target = tmp_path / "firmware.bin", tmp_path / "console.uf2"
    image.write_bytes(bytes(SETTINGS))
    assert flash_image.pack(image, other_shop, target)
    packed = target.read_bytes()
    image.write_bytes(bytes(SETTINGS + 1))
    with pytest.raises(report.BuildStopped, match="would write to 0x1009e000"):
        flash_image.pack(image, other_shop, target)
    assert target.read_bytes() == packed


def test_more_room_for_settings_is_room_that_the_image_lacks(
    shop: flash_image.Workshop, tmp_path: Path
) -> None:
    image = shop.cmake / "firmware.bin"
    spare = SETTINGS - image.stat().st_size
    sectors = 2 + spare // 4096
    fits = map_by(shop, tmp_path / "1", "SECTORS (2)", f"SECTORS ({sectors})")
    assert 0 <= flash_map.check_image(image, fits) < 4096
    reached = map_by(shop, tmp_path / "2", "SECTORS (2)", f"SECTORS ({sectors + 1})")
    with pytest.raises(report.BuildStopped, match="must not overwrite"):
        flash_map.check_image(image, reached)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("(1408 * 1024)", "(1408 * 1024 - 1)", "must end at a sector"),
        ("SECTOR_BYTES (4096)", "SECTOR_BYTES (1000)", "begin within a sector"),
        ("SETTINGS_BYTES)", "SETTINGS_BYTES - 4096)", "holes or overlaps"),
        ("SECTORS (2)", "SECTORS (0)", "larger than nothing"),
    ],
)
def test_a_map_that_does_not_fit_together_stops_the_build(
    shop: flash_image.Workshop, tmp_path: Path, old: str, new: str, why: str
) -> None:
    with pytest.raises(report.BuildStopped, match=why):
        map_by(shop, tmp_path, old, new)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_build_that_freezes_too_much_stops_with_a_sentence(tmp_path: Path) -> None:
    folder = copy_of_the_project(tmp_path / "project")
    ballast = "".join(f"NOISE_{i} = {bytes([i]) * 4096!r}\n" for i in range(1, 65))
    (folder / "firmware/calldeck_console/ballast.py").write_text(ballast)
    built = build_in(folder, "pico", CALLDECK_CACHE=str(CACHE))
    assert built.returncode == 1
    assert "before the console's settings at 0x1009e000" in built.stderr
    assert "Traceback" not in built.stderr
    assert not list((folder / "build").glob("*.uf2"))
