"""Plans: made, shown as a card in their channel, edited version by version, and taken along as files.

Running them is `services.workflow_runs`.
"""
