"""Forms of setting values: what is accepted, and the one form each is kept in.

Refusals never repeat the value: it may hold a password.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

_OLLAMA_PORT = 11434
_MOST_MODEL_NAME = 200
_LEAST_FILE, _MOST_FILE = 1000, 1024**3
_ANYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104 - listen addresses, not ones to call
_POSTGRES = "must be a postgresql://user:password@host:port/name address"
_REDIS = "must be a redis://host:port/0 address"

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Form:
    """What values look like, where the type does not say it."""

    description: str


def _trimmed(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _blank_is_none(value: object) -> object:
    value = _trimmed(value)
    return None if value == "" else value


def _choice(value: object) -> object:
    value = _blank_is_none(value)
    return value.lower() if isinstance(value, str) else value


def _split(value: str, complaint: str) -> SplitResult:
    """Return the parts of an address. Raises ValueError, also for a port that is none."""
    if re.search(r"[\s\x00-\x1f\x7f]", value):
        raise ValueError(f"{complaint}, without spaces or line breaks")
    try:
        parts = urlsplit(value)
        if "," not in parts.netloc:  # PostgreSQL takes several hosts, each with a port
            _ = parts.port
    except ValueError:
        raise ValueError(f"{complaint}, with a port between 1 and 65535 if any") from None
    return parts


def _http_url(value: str) -> str:
    complaint = "must be an http:// or https:// address"
    parts = _split(value, complaint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(complaint)
    if parts.query or parts.fragment:
        raise ValueError(f"{complaint}, without ? or #")
    if "@" in parts.netloc:  # addresses are shown in messages and logs
        raise ValueError(f"{complaint}, without a user name or password")
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def _ollama_host(value: str) -> str:
    """Take what Ollama itself takes: `host`, `host:port`, `:port` or a full address.

    As there, the port is 11434 unless a scheme is given, which brings its own.
    """
    has_scheme = "://" in value
    if not has_scheme and value.count(":") > 1 and "[" not in value:  # a bare IPv6 address
        value = f"[{value}]"
    parts = _split(value if has_scheme else f"http://{value}", "must be host:port or an address")
    host = parts.hostname or ""
    if "@" in parts.netloc or not parts.netloc:
        return _http_url(parts.geturl())  # which says what is wrong
    if host in _ANYWHERE:
        host = "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    port = parts.port if parts.port is not None or has_scheme else _OLLAMA_PORT
    netloc = shown if port is None else f"{shown}:{port}"
    return _http_url(parts._replace(netloc=netloc).geturl())


def _postgres_url(value: str) -> str:
    parts = _split(value, _POSTGRES)
    _, _, rest = value.partition("://")
    if parts.scheme.split("+")[0] not in {"postgres", "postgresql"} or not rest:
        raise ValueError(_POSTGRES)
    return f"postgresql://{rest}"


def _redis_url(value: str) -> str:
    parts = _split(value, _REDIS)
    _, _, rest = value.partition("://")
    if parts.scheme not in {"redis", "rediss", "unix"} or not rest:
        raise ValueError(_REDIS)
    return f"{parts.scheme}://{rest}"


def _embedder(value: str) -> str:
    kind, colon, model = value.partition(":")
    kind, model = kind.strip().lower(), model.strip()
    if not colon and kind in {"local", "off"}:
        return kind
    if (
        kind in {"openai", "ollama", "fastembed"}
        and model
        and len(model) <= _MOST_MODEL_NAME
        and model.isprintable()
    ):
        return f"{kind}:{model}"
    raise ValueError("must be local, fastembed:<model>, openai:<model>, ollama:<model> or off")


def _auth(value: object) -> object:
    value = _trimmed(value)
    return "none" if str(value).lower() in {"none", "off", "no", "false", "0", ""} else value


def _names(value: object) -> object:
    return _parts(value) if isinstance(value, str) else value


def _parts(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _networks(value: object) -> object:
    """Take addresses and networks. Raises ValueError that says which of them is none."""
    if not isinstance(value, str):
        return value
    found: list[Network] = []
    for number, part in enumerate(_parts(value), 1):
        try:
            found.append(ip_network(part))
        except ValueError as error:
            why = "has bits behind its mask" if "host bits" in str(error) else "is neither"
            raise ValueError(
                "must be IP addresses or networks such as 10.0.0.2, 10.1.0.0/16 or fd00::/8, "
                f"separated by commas; number {number} {why}"
            ) from None
    return tuple(found)


def _secret(value: object) -> object:
    value = _blank_is_none(value)
    if isinstance(value, str) and not (value.isascii() and value.isprintable()):
        raise ValueError("must hold printable ASCII characters only; was it pasted with a break?")
    return value


def _one_word(value: str) -> str:
    if not value or re.search(r"\s", value):
        raise ValueError("must be a host name or an IP address")
    return value


def _bytes(value: object) -> object:
    """Take a number with a unit: kB, MB and GB are powers of 1000, KiB, MiB and GiB of 1024."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d{1,12})(?:\s*([kmg])(i?)b?|\s*b)?", value.strip().lower())
    if found is None:
        raise ValueError("must be a size such as 25MB, 512 KiB or 1000000")
    number, unit, binary = found.groups()
    power = {"k": 1, "m": 2, "g": 3}.get(unit or "", 0)
    size = int(number) * (1024 if binary else 1000) ** power
    if not _LEAST_FILE <= size <= _MOST_FILE:
        raise ValueError("must be a size from 1 kB to 1 GiB")
    return size


def _unless_none[T](check: Callable[[T], T]) -> Callable[[T | None], T | None]:
    return lambda value: None if value is None else check(value)


_BLANK = BeforeValidator(_blank_is_none)

Trimmed = BeforeValidator(_trimmed)
Choice = BeforeValidator(_choice)
Auth = BeforeValidator(_auth)
EmbedderChoice = Annotated[
    str,
    Trimmed,
    AfterValidator(_embedder),
    Form("`local`, `openai:<model>`, `ollama:<model>` or `off`"),
]
CommaSeparated = BeforeValidator(_names)
Networks = BeforeValidator(_networks)
OptionalText = Annotated[str | None, _BLANK]
OptionalPath = Annotated[Path | None, _BLANK, AfterValidator(_unless_none(Path.expanduser))]
Host = Annotated[str, Trimmed, AfterValidator(_one_word)]
Secret = Annotated[SecretStr | None, BeforeValidator(_secret)]
Address = Annotated[str, Trimmed, AfterValidator(_http_url)]
OllamaHost = Annotated[str, Trimmed, AfterValidator(_ollama_host)]
PostgresUrl = Annotated[str | None, _BLANK, AfterValidator(_unless_none(_postgres_url))]
FileSize = Annotated[
    int,
    BeforeValidator(_bytes),
    Form("bytes, or a size such as `25MB` or `1 GiB`; from 1 kB to 1 GiB"),
]
RedisUrl = Annotated[str | None, _BLANK, AfterValidator(_unless_none(_redis_url))]
