#!/bin/sh
# Prints the path of a Python that can run RezNet AI (3.12 to 3.14), or says how to get one and fails.
# Order: $PYTHON, the checkout's own environment, PATH, pyenv's versions, uv's versions.
# POSIX sh on purpose: this runs before there is any Python to rely on.

fits() {
    [ -n "$1" ] && "$1" -I -c 'import sys, ssl, sqlite3, ctypes; sys.exit(not (3, 12) <= sys.version_info < (3, 15))' \
        >/dev/null 2>&1 </dev/null
}

# A pyenv shim is resolved to the real interpreter, which also works outside this folder.
answer() {
    "$1" -I -c 'import sys; print(sys.executable)' </dev/null
    exit 0
}

if [ -n "${PYTHON:-}" ]; then
    fits "$PYTHON" && answer "$PYTHON"
    echo "PYTHON=$PYTHON is not a working Python 3.12, 3.13 or 3.14." >&2
    exit 1
fi

fits .venv/bin/python && { echo .venv/bin/python; exit 0; }

for name in python3.12 python3.13 python3.14 python3 python; do
    fits "$name" && answer "$name"
done

# pyenv keeps versions that its shims hide when another one is chosen. With no HOME, its place shows in PATH.
shims=$(command -v pyenv 2>/dev/null)
for root in "${PYENV_ROOT:-}" "${HOME:-}/.pyenv" "${shims%/*/*}" /opt/pyenv /usr/local/pyenv; do
    [ -n "$root" ] || continue
    for minor in 12 13 14; do
        for candidate in "$root"/versions/3."$minor"*/bin/python; do
            fits "$candidate" && answer "$candidate"
        done
    done
done

if command -v uv >/dev/null 2>&1; then
    candidate=$(uv python find --no-project --no-python-downloads '>=3.12,<3.15' 2>/dev/null </dev/null)
    fits "$candidate" && answer "$candidate"
fi

cat >&2 <<END
RezNet AI needs Python 3.12, 3.13 or 3.14, and none was found on PATH, in pyenv or in uv.
(python3 here: $(python3 --version 2>&1 </dev/null | head -n 1))
Install one, for example:
  Debian 13, Ubuntu 24.04 or newer:  apt install python3 python3-venv
  Fedora:                            dnf install python3.12
  macOS:                             brew install python@3.12
  pyenv:                             pyenv install 3.12
  uv:                                uv python install 3.12
or name one that lies elsewhere:     make up PYTHON=/path/to/python3.12
END
exit 1
