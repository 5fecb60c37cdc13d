"""What every request passes before a router sees it: identity, gates and limits.

Plain ASGI, since it is paid for by each request and wraps sockets too.
"""
