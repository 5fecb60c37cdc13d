"""From a request to a plan: what a model is asked, how its answer is read, and what stands in when it can't.

Nothing here touches the database; what comes out is stored by `services.workflows.planning`.
"""
