"""Texts with placeholders such as `{{product}}`, and what is put in their places. Pure.

Values are data: what is put in is not looked through again, so a value that looks like a placeholder stays as it is.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reznet.workflows.plan import Problem

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
MAX_VALUE = 4_000  # code points of one value
_PLACEHOLDER = re.compile(r"\{\{[ \t]{0,8}([A-Za-z_][A-Za-z0-9_]{0,39})[ \t]{0,8}\}\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a saved workflow asks for. `default` stands in for a value that is not given."""

    name: str
    default: str | None = None
    required: bool = True


def names_in(text: str) -> list[str]:
    """Return the names of the placeholders in a text, each once, in their order. Other braces mean nothing."""
    return list(dict.fromkeys(found[1] for found in _PLACEHOLDER.finditer(text)))


def unknown_in(texts: Iterable[tuple[str, str]], known: Collection[str]) -> list[Problem]:
    """Return which fields name parameters that are not there. `texts` are fields with their texts."""
    return [
        Problem(field, f"there is no parameter {name!r}")
        for field, text in texts
        for name in names_in(text)
        if name not in known
    ]


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with the values in the places of their names, in one pass; other names stay."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def filled_title(text: str, values: Mapping[str, str], longest: int) -> str:
    """Return a title with its values: in one line, and without its end where it is too long."""
    title = " ".join(filled(text, values).split())
    return title if len(title) <= longest else title[: longest - 1] + "…"


def values_of(
    parameters: Iterable[Parameter], given: Mapping[str, str]
) -> tuple[dict[str, str], list[Problem]]:
    """Return a value for each parameter, and what is wrong with those that are given.

    One that is not required and has no default is empty.
    """
    known = {parameter.name: parameter for parameter in parameters}
    problems = [
        Problem(f"parameters.{name}", "there is no such parameter")
        for name in given
        if name not in known
    ]
    values: dict[str, str] = {}
    for name, parameter in known.items():
        value = given.get(name, parameter.default)
        if value is None or (not value.strip() and parameter.required):
            if parameter.required:
                problems.append(Problem(f"parameters.{name}", "is required"))
            value = ""
        if len(value) > MAX_VALUE:
            problems.append(
                Problem(f"parameters.{name}", f"must be at most {MAX_VALUE} characters")
            )
        values[name] = value
    return values, problems
