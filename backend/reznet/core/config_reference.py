"""The reference page of the settings and `.env.example`, both made from the Settings class.

`python -m reznet.core.config_reference` prints the page, with `--env` the example file.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from reznet.core.config import Settings
from reznet.core.config_values import Form

# Title and first field of each group; a group ends where the next begins.
GROUPS = (
    ("Server", "host"),
    ("Database and Redis", "database_url"),
    ("Providers and models", "anthropic_api_key"),
    ("Runs", "model_attempts"),
    ("Logs", "log_format"),
)
_INTRO = """\
# Configuration

Settings are environment variables. What the environment lacks is read from a file `.env` in the folder where the program
starts; [.env.example](../../.env.example) lists every name. The environment wins over the file. A variable that is empty counts as not set.
An unknown `REZNET_` variable or a bad value stops the start, with the variable's name.

This page is made by `make docs`.
"""
_ENV_INTRO = """\
# Copy to `.env` and uncomment what you want to set. The environment wins over this file.
# Each line shows the default. Everything is explained in docs/reference/configuration.md.
"""


def render_reference() -> str:
    """Return the reference page, as Markdown."""
    lines = [_INTRO]
    for title, fields in _grouped():
        lines += [
            f"## {title}",
            "",
            "| name | default | values | what it does |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| `{field.alias}` | {_default(field)} | {_values(field)} | {field.description} |"
            for field in fields
        ]
        lines.append("")
    return "\n".join(lines)


def render_env_example() -> str:
    """Return `.env.example`: every setting, commented out, with its default."""
    lines = [_ENV_INTRO]
    for title, fields in _grouped():
        lines.append(f"# --- {title} ---")
        for field in fields:
            described = (field.description or "").replace("`", "")
            lines += ["", f"# {described}", f"#{field.alias}={_plain_default(field)}"]
        lines.append("")
    return "\n".join(lines)


def _grouped() -> list[tuple[str, Sequence[FieldInfo]]]:
    names = list(Settings.model_fields)
    edges = [*(names.index(first) for _, first in GROUPS), len(names)]
    fields = list(Settings.model_fields.values())
    return [
        (title, fields[edges[place] : edges[place + 1]]) for place, (title, _) in enumerate(GROUPS)
    ]


def _default(field: FieldInfo) -> str:
    shown = _plain_default(field)
    return f"`{shown}`" if shown else "not set"


def _plain_default(field: FieldInfo) -> str:
    if field.default is None or field.default == ():
        return ""
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


def _values(field: FieldInfo) -> str:
    kind, choices = _kind(field.annotation)
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    low, high = "", ""
    for bound in field.metadata:
        match bound:
            case Form():
                return bound.description
            case Ge():
                low = f" from {bound.ge}"
            case Gt():
                low = f" above {bound.gt}"
            case Le():
                high = f"{' up to' if low else ' at most'} {bound.le}"
            case MaxLen():
                high = f" of at most {bound.max_length} characters"
            case _:
                continue
    return f"{kind}{low}{high}"


def _kind(annotation: object) -> tuple[str, tuple[str, ...]]:
    """Return what a value is called, and the allowed ones where they are listed."""
    if get_origin(annotation) is Literal:
        return "", get_args(annotation)
    if get_origin(annotation) is tuple:
        return "list, separated by commas", ()
    kinds: dict[object, str] = {
        bool: "`true` or `false`",
        int: "whole number",
        float: "number",
        Path: "path",
        SecretStr: "secret text",
        str: "text",
    }
    if annotation in kinds:
        return kinds[annotation], ()
    (inner,) = (part for part in get_args(annotation) if part is not type(None))
    return _kind(inner)


if __name__ == "__main__":
    sys.stdout.write(render_env_example() if sys.argv[1:] == ["--env"] else render_reference())
