"""How a person finds the page: which address it gets, and who is shown the key."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest
from tests.unit.web.desk import TestDesk, run

from calldeck.access.announce import running_daemons
from calldeck.access.key import read_key
from calldeck.access.runtime import runtime_folder
from calldeck.config import Happening, ListenAddress, RunOptions
from calldeck.errors import ListenError
from calldeck.narration import Narrator
from calldeck.service.front_door import front_door, telling_pages
from calldeck.web.hub import EventHub


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_a_port_that_nobody_asked_for_gives_way_to_a_free_one():
    async def body() -> None:
        lines: list[Happening] = []
        narrator = Narrator(lines.append, lambda: 0.0)
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = ListenAddress("127.0.0.1", other.getsockname()[1])
            door = front_door(RunOptions(), taken, TestDesk(), EventHub("r"), narrator)
            with pytest.raises(ListenError):
                async with door:
                    pytest.fail("it listens on a port that is taken")
            options = RunOptions(listen_fallback=True)
            async with front_door(options, taken, TestDesk(), EventHub("r"), narrator) as open_door:
                assert running_daemons(runtime_folder()) == [], "nobody is served yet"
                await open_door()
                (found,) = running_daemons(runtime_folder())
                assert found.address != str(taken)
                assert f"listen on {found.address}" in lines[-1].text
                async with httpx.AsyncClient(trust_env=False) as http:
                    answer = await http.get(f"http://{found.address}/api/v1/health")
                assert answer.status_code == 200
        assert running_daemons(runtime_folder()) == []

    run(body)


def test_the_key_is_shown_to_the_person_and_told_to_no_line():
    async def body() -> None:
        lines: list[Happening] = []
        links: list[str] = []
        hub = EventHub("r")
        narrator = Narrator(telling_pages(lines.append, hub), lambda: 0.0)
        options = RunOptions(show_link=links.append)
        free = ListenAddress("127.0.0.1", 0)
        async with front_door(options, free, TestDesk(), hub, narrator) as open_door:
            await open_door()
            key = read_key(runtime_folder())
            assert key is not None
            assert [link.split("/#key=")[1] for link in links] == [key]
            told = "".join(line.text + line.detail for line in lines)
            told += b"".join(event.frame for event in hub.since(0)[1]).decode()
            assert key not in told
            assert "listen on" in told

    run(body)
