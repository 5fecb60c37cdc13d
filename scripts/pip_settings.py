"""Hand the package settings that this machine has for pip on to uv, which does not read them."""

import ast
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

# pip's name -> uv's variable, and what joins several values there.
_VARIABLES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
}
# Older names of the same settings: a user who set one of them has chosen.
_SYNONYMS = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
_TRUE = {"1", "true", "yes", "on", "y", "t"}


def uv_settings(pip: list[str] | None, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables to add to uv's environment so that it finds packages where pip does.

    Args:
        pip: The command line of a pip to ask, or None when there is none; then only its
            environment variables count.
        environment: Where uv will run. What is set for uv there is never replaced.

    Returns:
        Only the variables to add. `UV_NO_INDEX`, which uv itself doesn't know, is "1" when pip may
        use no index: pass `--no-index`.
    """
    found = _pip_settings(pip, environment)
    added: dict[str, str] = {}
    for name, (variable, joiner) in _VARIABLES.items():
        taken = variable in environment or _SYNONYMS.get(variable, "") in environment
        if found.get(name) and not taken:
            added[variable] = joiner.join(found[name].split())
    if "UV_INDEX" in added and "UV_INDEX_STRATEGY" not in environment:
        # pip takes a release from whichever index has it. The lock's hashes keep that safe.
        added["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if found.get("no-index", "").lower() in _TRUE:
        added["UV_NO_INDEX"] = "1"
    return added


def _pip_settings(pip: list[str] | None, environment: Mapping[str, str]) -> dict[str, str]:
    """Pip's settings for an install; a later source wins: files, their install section, variables."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in _config_list(pip).splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in sections:
            sections[section][name] = _unquoted(value)
    for variable, value in environment.items():
        if variable.startswith("PIP_"):
            sections[":env:"][variable[4:].lower().replace("_", "-")] = value
    return sections["global"] | sections["install"] | sections[":env:"]


def _config_list(pip: list[str] | None) -> str:
    if pip is None:
        return ""
    answer = subprocess.run(
        [*pip, "config", "list"], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return answer.stdout


def _unquoted(value: str) -> str:
    try:
        return str(ast.literal_eval(value))
    except (SyntaxError, ValueError):
        return value


def usable_cache(environment: Mapping[str, str], fallback: Path) -> dict[str, str]:
    """Where uv may cache: its own choice if the user's home takes it, else `fallback`.

    Returns:
        The variables to add: none, or `UV_CACHE_DIR`; and `UV_LINK_MODE` where the cache lies on
        another file system, from which uv can't link.
    """
    if "UV_CACHE_DIR" in environment:
        return {}
    home = environment.get("HOME", "")
    base = Path(environment.get("XDG_CACHE_HOME") or (f"{home}/.cache" if home else ""))
    if not base.is_absolute() or not base.parent.is_dir() or not _can_be_written(base / "uv"):
        return {"UV_CACHE_DIR": str(fallback)}
    other_disk = (base / "uv").stat().st_dev != fallback.parent.stat().st_dev
    if other_disk and "UV_LINK_MODE" not in environment:
        return {"UV_LINK_MODE": "copy"}
    return {}


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
