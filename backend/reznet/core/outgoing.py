"""Calls to addresses that people have entered: never into the network behind this machine, unless that is allowed.

The name is resolved once, every address it has is looked at, and the call goes to one of those that were looked at: a
name server that answers otherwise the next time changes nothing. Redirects are not followed, and no proxy is asked.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Sequence

import httpx

type _Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# IPv4 addresses may be written into these; the gateway at the other end goes there.
_EMBEDDING = (
    (ipaddress.ip_network("64:ff9b::/96"), 0),
    (ipaddress.ip_network("64:ff9b:1::/48"), 0),
    (ipaddress.ip_network("2002::/16"), 80),
    (ipaddress.ip_network("::/96"), 0),
)
_PORTS = {"http": 80, "https": 443}


class CallFailed(Exception):
    """The call got no answer; says why, without what is secret."""


class CallRefused(CallFailed):
    """The call was not made, since it would have gone where it must not."""


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
    private: bool = False,
) -> httpx.Response:
    """Post a body and return the answer's status and headers; its body is not read.

    `private` allows addresses of this machine and of private networks. Raises CallFailed.
    """
    try:
        async with asyncio.timeout(seconds):
            async with httpx.AsyncClient(
                trust_env=False, follow_redirects=False, timeout=seconds
            ) as client:
                return await _post(client, httpx.URL(url), body, headers, private=private)
    except TimeoutError as error:
        raise CallFailed(f"no answer within {seconds:g} seconds") from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise CallFailed(_said(error)) from error


def is_public(address: str) -> bool:
    """Whether an address is one of the public network, and not of this machine or a private network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast for one in _meant(found))


async def _post(
    client: httpx.AsyncClient,
    url: httpx.URL,
    body: bytes,
    headers: Mapping[str, str],
    *,
    private: bool,
) -> httpx.Response:
    if url.scheme not in _PORTS:
        raise CallRefused("only http and https addresses are called")
    port = url.port or _PORTS[url.scheme]
    addresses = await _resolved(url.host, port)
    if not private and not all(is_public(address) for address in addresses):
        raise CallRefused(
            "the address is on this machine or in a private network; REZNET_WEBHOOK_PRIVATE=true allows that"
        )
    extensions = {"sni_hostname": url.host}  # the name in the certificate, too
    request = client.build_request(
        "POST",
        url.copy_with(host=addresses[0], port=port),
        content=body,
        headers={**headers, "host": _authority(url)},
        extensions=extensions,
    )
    response = await client.send(request, stream=True)
    await response.aclose()
    return response


async def _resolved(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise CallFailed("the name of the host is not known") from error
    return [str(one[4][0]) for one in found]


def _authority(url: httpx.URL) -> str:
    host = f"[{url.host}]" if ":" in url.host else url.host
    return host if url.port is None else f"{host}:{url.port}"


def _meant(address: _Address) -> list[_Address]:
    """Return the address, and the one that is written into it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    for network, shift in _EMBEDDING:
        if address in network:
            return [address, ipaddress.IPv4Address(int(address) >> shift & 0xFFFFFFFF)]
    return [address, *(address.teredo or ())]


def _said(error: Exception) -> str:
    """Return what went wrong, with a hint where the usual cause is known."""
    text = str(error).strip() or type(error).__name__
    match error:
        case httpx.ConnectError() if "CERTIFICATE" in text or "SSL" in text:
            said = f"no secure connection: {text}"
        case httpx.ConnectError():
            said = "nothing takes connections at that address; is the receiver running, and its port open?"
        case httpx.RemoteProtocolError():
            said = f"the answer was no HTTP: {text}"
        case httpx.NetworkError():
            said = f"the connection was lost: {text}"
        case httpx.InvalidURL() | ValueError():
            said = f"the address can't be called: {text}"
        case _:
            said = text
    return said[:300]
