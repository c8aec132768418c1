"""What can be said of an image without running it: the only thing there is for a Pico 2."""

from __future__ import annotations

import hashlib
import shutil
import struct
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.firmware.built_image import (
    CACHE,
    FLASH,
    BuiltImage,
    build_in,
    build_pico2,
    copy_of_the_project,
    pico,
    read_uf2,
)

BUILDS = (pytest.mark.full, pytest.mark.timeout(600))
BOARDS = ["pico", pytest.param("pico2", marks=BUILDS)]


@pytest.fixture(scope="module", params=BOARDS)
def image(request: pytest.FixtureRequest) -> BuiltImage:
    if request.param == "pico2":
        return build_pico2()
    return pico(request.getfixturevalue("uf2"))


@pytest.fixture(scope="module")
def image_of_a_pico2() -> BuiltImage:
    return build_pico2()


def test_the_uf2_is_for_this_chip_and_without_holes(image: BuiltImage) -> None:
    blocks = read_uf2(image.uf2)
    assert {block.family for block in blocks} == {image.family}
    assert [block.address for block in blocks] == [FLASH + 256 * i for i in range(len(blocks))]
    compiled = (image.build / "cmake/firmware.bin").read_bytes()
    assert image.flash == compiled + bytes(-len(compiled) % 256)


def test_the_sha256_beside_it_is_its_own(image: BuiltImage) -> None:
    note = image.uf2.with_name(image.uf2.name + ".sha256").read_text()
    assert note == f"{hashlib.sha256(image.uf2.read_bytes()).hexdigest()}  {image.uf2.name}\n"


def test_the_chip_starts_in_the_image_with_a_stack_in_ram(image: BuiltImage) -> None:
    symbols = image.symbols
    vectors = symbols["__vectors"]
    stack, entry = image.word(vectors), image.word(vectors + 4)
    assert stack in image.ram
    assert stack % 8 == 0
    assert entry == symbols["_reset_handler"] | 1
    end = FLASH + len(image.flash)
    # The linker counts RAM that is not to be cleared as if its contents lay in flash too.
    assert symbols["__flash_binary_end"] - end < 4096
    assert FLASH < entry < end
    for number in range(2, 16):
        handler = image.word(vectors + 4 * number)
        assert handler & 1
        assert FLASH < handler < end


def test_our_modules_and_those_of_the_library_are_frozen_in(image: BuiltImage) -> None:
    firmware = ROOT / "firmware"
    ours = {
        str(path.relative_to(firmware))
        for package in firmware.glob("calldeck_*")
        for path in package.rglob("*.py")
    }
    assert len(ours) > 10
    others = {"boot.py", "main.py", "_boot.py", "rp2.py", "logging.py", "unittest.py"}
    assert ours | others <= image.frozen_modules()


def test_the_module_in_c_is_where_imports_look_for_it(image: BuiltImage) -> None:
    symbols = image.symbols
    module = struct.pack("<I", symbols["calldeck_native_module"])
    table = image.flash[symbols["mp_builtin_module_table"] - FLASH :][:1024]
    assert module in table


def test_what_runs_at_every_step_lies_in_ram_and_machine_code_at_words(image: BuiltImage) -> None:
    native = image.native_functions()
    assert len(native) > 20
    assert all(address % 4 == 0 and address in image.ram for address in native.values())
    symbols = image.symbols
    in_ram = ("mp_execute_bytecode", "gc_alloc", "mp_map_lookup", "mp_obj_get_type")
    assert all(symbols[name] in image.ram for name in in_ram)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_the_boot_rom_of_a_pico2_finds_what_it_looks_for(image_of_a_pico2: BuiltImage) -> None:
    """RP2350 data sheet, 5.9: a loop of blocks, one of them an IMAGE_DEF in the first 4 kB."""
    image = image_of_a_pico2
    markers = [
        FLASH + at
        for at in range(0, len(image.flash) - 3, 4)
        if image.flash[at : at + 4] == b"\xd3\xde\xff\xff"
    ]
    first = image.symbols["embedded_block"]
    assert markers[0] == first
    assert first < FLASH + 4096 - 20
    # Item 0x42, IMAGE_TYPE of one word: an executable, secure, Arm, RP2350. Then the last item.
    assert image.word(first + 4) == 0x1021_0142
    assert image.word(first + 8) == 0x0000_01FF
    assert image.word(first + 16) == 0xAB12_3579
    second = first + image.word(first + 12)
    assert second in markers
    # The other block says nothing, and leads back.
    assert image.word(second + 4) & 0xFF == 0xFE
    assert (second + image.word(second + 12)) % 2**32 == first
    assert image.word(second + 16) == 0xAB12_3579


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("board", ["pico", "pico2"])
def test_another_folder_and_a_tree_of_the_users_give_the_same_bytes(
    board: str, tmp_path: Path
) -> None:
    one = copy_of_the_project(tmp_path / "one")
    built = build_in(one, board, CALLDECK_CACHE=str(CACHE))
    assert built.returncode == 0, built.stdout + built.stderr
    another = copy_of_the_project(tmp_path / "a/longer/path")
    tree = tree_with_submodules(CACHE / "trees", tmp_path / "tree")
    built_again = build_in(another, board, MICROPYTHON_DIR=str(tree))
    assert built_again.returncode == 0, built_again.stdout + built_again.stderr
    assert built_again.stdout.split()[-1] == built.stdout.split()[-1]


def tree_with_submodules(trees: Path, folder: Path) -> Path:
    """Lay the unpacked sources out as a clone of MicroPython with its submodules has them."""
    unpacked = {path.name.rsplit("-", 1)[0]: path for path in trees.iterdir()}
    shutil.copytree(unpacked["micropython"], folder)
    shutil.rmtree(folder / "lib/micropython-lib", ignore_errors=True)
    libraries = {
        "mbedtls": unpacked["mbedtls"],
        "pico-sdk": unpacked["pico-sdk-source"] / "usr/src/pico-sdk",
        "tinyusb": unpacked["tinyusb-source"] / "usr/src/tinyusb",
    }
    for name, library in libraries.items():
        shutil.rmtree(folder / "lib" / name, ignore_errors=True)
        shutil.copytree(library, folder / "lib" / name, symlinks=True)
    library = folder / "lib/micropython-lib/python-stdlib"
    files = {
        "logging/logging.py": unpacked["micropython-logging"] / "logging/__init__.py",
        "unittest/unittest/__init__.py": unpacked["micropython-unittest"] / "unittest.py",
    }
    for name, path in files.items():
        (library / name).parent.mkdir(parents=True)
        shutil.copy(path, library / name)
    return folder
