"""The Socket.IO server and the projector that turns domain events into room messages.

No rule lives here.
"""
