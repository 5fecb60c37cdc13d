"""HTTP: parse, authorise, one service call.

No rule lives here.
"""
