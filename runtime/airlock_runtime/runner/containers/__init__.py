"""Containers that a task's operator would have a cluster or an engine start: whoever started the runner does it.

Contract: the operator's own code runs, to the last call that would leave this process; those calls become questions
over the channel. Only where the request says `containers`, which production never does.
"""
