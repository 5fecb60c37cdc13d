"""Pure graph logic of plans.

No I/O.
"""
