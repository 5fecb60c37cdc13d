"""How the command line speaks: answers to standard output, everything else to standard error."""

from rich.console import Console
from rich.text import Text

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def fail(message: str) -> None:
    """Print what went wrong."""
    err.print(Text("✗ ", style="bold red"), Text(message), sep="")


def note(message: str) -> None:
    """Print what is going on."""
    err.print(Text(message, style="dim"))


def plain(text: str) -> str:
    """Return the text without characters that would control the terminal."""
    return "".join(char for char in text if char in "\n\t" or char.isprintable())
