"""What an outer task raises: Airflow's own exceptions, which say by their class what is to become of the task."""

from __future__ import annotations

from airflow.exceptions import AirflowException


class IsolationError(AirflowException):  # type: ignore[misc]
    """The task could not be run isolated: a setting, the image, the way there. The inner task did not begin."""


class IsolatedTaskFailed(AirflowException):  # type: ignore[misc]
    """The inner task failed. Its traceback is in the log."""


class IsolatedTaskLost(AirflowException):  # type: ignore[misc]
    """The inner task's process is gone and told no outcome: killed, out of memory, the node lost."""
