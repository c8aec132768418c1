import pytest

from calldeck.config import ListenAddress, parse_listen


@pytest.mark.parametrize(
    "text,address,written",
    [
        ("127.0.0.1:8730", ListenAddress("127.0.0.1", 8730), "127.0.0.1:8730"),
        ("127.8.9.10:0", ListenAddress("127.8.9.10", 0), "127.8.9.10:0"),
        ("[::1]:65535", ListenAddress("::1", 65535), "[::1]:65535"),
        ("LOCALHOST:80", ListenAddress("127.0.0.1", 80), "127.0.0.1:80"),
    ],
)
def test_a_loopback_address_is_taken(text, address, written):
    assert parse_listen(text) == address
    assert str(address) == written


@pytest.mark.parametrize("text", ["", "8730", ":", "127.0.0.1", "127.0.0.1:", "::1:80", "h:-1"])
def test_what_is_not_host_and_port_is_refused(text):
    with pytest.raises(ValueError, match="HOST:PORT"):
        parse_listen(text)


def test_a_port_beyond_the_last_is_refused():
    with pytest.raises(ValueError, match="from 0 to 65535"):
        parse_listen("127.0.0.1:65536")


@pytest.mark.parametrize(
    "text", ["0.0.0.0:80", "192.168.1.4:80", "[::]:80", "example.org:80", ":80", "localhost.evil:1"]
)
def test_what_another_computer_could_reach_is_refused(text):
    with pytest.raises(ValueError, match=r"not a loopback address.*Use 127\.0\.0\.1"):
        parse_listen(text)
