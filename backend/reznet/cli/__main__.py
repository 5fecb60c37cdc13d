"""`python -m reznet.cli` is `reznet`."""

from reznet.cli import main

main()
