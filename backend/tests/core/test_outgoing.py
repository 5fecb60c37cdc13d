"""Which addresses webhooks may be sent to."""

import pytest

from reznet.core.outgoing import CallFailed, is_public, post


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "",
        "localhost",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/passwd", "only http"),
        ("http://127.0.0.1:1/", "private network"),
        ("http://[::1]:1/", "private network"),
        ("http://no-such-host.invalid/", "not known"),
        ("http://[", "."),
    ],
)
async def test_calls_that_are_not_made(url: str, why: str) -> None:
    with pytest.raises(CallFailed, match=why):
        await post(url, b"{}", {}, seconds=5)


async def test_nobody_listens() -> None:
    with pytest.raises(CallFailed, match="is the receiver running"):
        await post("http://127.0.0.1:9/", b"{}", {}, seconds=5, private=True)
