"""The image that a task runs in.

Contract: as apache-airflow-providers-isolation 1.0.1 derives it (`isolation_kubernetes.py: _derive_image`): an
environment's image lies below its parent's, `<image>/<environment>`; a tag stays at the end.
"""

from __future__ import annotations

from airlock_runtime.launch.errors import IsolationError


def image_of(task_id: str, image: str | None, environment: str | None, default: str | None) -> str:
    """
    :param image: what the task says
    :param default: what the setting says
    :raises IsolationError: where neither says one
    """
    if image:
        return below(task_id, image, environment) if environment else image
    if not default:
        raise IsolationError(
            f"{task_id}: there is no image to run in. Set AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE to the parent image, "
            "or give the task an image"
        )
    if not environment:
        raise IsolationError(
            f"{task_id}: AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE names the parent image, and the task names no "
            "environment below it. Give it an environment, or an image"
        )
    return below(task_id, default, environment)


def below(task_id: str, image: str, environment: str) -> str:
    """`host:5000/project/airflow:tag` and `team` are `host:5000/project/airflow/team:tag`."""
    if "@" in image:
        raise IsolationError(
            f"{task_id}: {image} names one image by its digest, and an environment's has a digest of its own. "
            "Name the parent image by a tag, or give the task its image without an environment"
        )
    head, slash, last = image.rpartition("/")
    name, colon, tag = last.partition(":")
    return f"{head}{slash}{name}/{environment}{colon}{tag}"
