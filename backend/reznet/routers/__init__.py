"""HTTP: parse the request, call one service, answer.

`api.build` puts the routers together; `edge/` is what every request passes first.
"""
