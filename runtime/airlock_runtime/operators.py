"""`IsolatedOperator`: an Airflow task that runs another operator in the image of its own environment.

Contract: imports on Airflow 2.9 and later and on 3; the inner operator is not imported where it is named by a string,
so the parent image need not have it. What it was called with is kept as it is: it is rendered where it runs.
"""

from __future__ import annotations

import inspect
from typing import Any, Sequence

from airflow.exceptions import AirflowException

from airlock_runtime.runner.versions import airflow_release

if airflow_release() < (3, 1):  # on 3.0 branching skips no operators but of this class, which is not the SDK's
    from airflow.models.baseoperator import BaseOperator
else:
    from airflow.sdk import BaseOperator
try:
    from airflow.sdk import XComArg
except ImportError:  # Airflow 2
    from airflow.models.xcom_arg import XComArg

_ISOLATION_TYPES = ("kubernetes", "docker", "external_python")


class IsolatedOperator(BaseOperator):  # type: ignore[misc]
    """Runs any operator in the image (or the virtualenv) of a child environment.

    :param operator: the inner operator: its class, or its qualified name such as
        ``airflow.providers.standard.operators.bash.BashOperator``
    :param environment: name of the environment, a folder of the project's ``environments/``
    :param image: the image to run in, instead of the environment's
    :param isolation_type: what carries the task: ``kubernetes``, ``docker`` or ``external_python``
    :param isolated_operator_kwargs: arguments of the operator that carries the task
    :param kubernetes_pod_operator_kwargs: the same, as another dialect calls it
    :param operator_kwargs: arguments of the inner operator whose names are taken by this one
    :param kwargs: arguments of every operator (``retries``, ``pool``...), which act on this task; all others are the
        inner operator's
    """

    template_fields: Sequence[str] = ()
    ui_color = "#d5e8f5"

    def __init__(
        self,
        *,
        operator: type | str,
        environment: str | None = None,
        image: str | None = None,
        isolation_type: str | None = None,
        isolated_operator_kwargs: dict[str, Any] | None = None,
        kubernetes_pod_operator_kwargs: dict[str, Any] | None = None,
        operator_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        base = base_arguments()
        own = {name: value for name, value in kwargs.items() if name in base}
        inner = {name: value for name, value in kwargs.items() if name not in own}
        twice = sorted(inner.keys() & (operator_kwargs or {}).keys())
        if twice:
            raise AirflowException(f"Given twice, beside operator_kwargs and in it: {', '.join(twice)}")
        if isolation_type not in (None, *_ISOLATION_TYPES):
            raise AirflowException(f"isolation_type is {isolation_type!r}, not one of {', '.join(_ISOLATION_TYPES)}")
        super().__init__(**own)
        self.operator = _qualified(operator)
        self.environment = environment
        self.image = image
        self.isolation_type = isolation_type
        self.isolated_operator_kwargs = {**(kubernetes_pod_operator_kwargs or {}), **(isolated_operator_kwargs or {})}
        self.inner_kwargs = {**inner, **(operator_kwargs or {})}
        # Airflow does this for templated fields, and the inner operator's are rendered elsewhere.
        XComArg.apply_upstream_relationship(self, self.inner_kwargs)

    def execute(self, context: Any) -> Any:
        """:raises AirflowException: always: what carries a task in production comes with the next release"""
        raise AirflowException(
            f"{self.task_id} runs {self.operator} isolated, and this version of Airlock has no carrier for it in "
            "production yet. `airlock run` runs it on your machine."
        )


def base_arguments() -> frozenset[str]:
    """The arguments that every operator of this Airflow takes."""
    kinds = [kind for kind in BaseOperator.__mro__ if kind.__name__ == "BaseOperator"]  # two of them on 3.0
    parameters = [p for kind in kinds for p in inspect.signature(kind.__init__).parameters.values()]
    return frozenset(p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)) - {"self"}


def _qualified(operator: type | str) -> str:
    if isinstance(operator, str):
        if not all(part.isidentifier() for part in operator.split(".")) or "." not in operator:
            raise AirflowException(f"operator is {operator!r}, not a qualified name such as package.module.Operator")
        return operator
    if not isinstance(operator, type):
        raise AirflowException(f"operator is {operator!r}, neither a class nor a qualified name")
    return f"{operator.__module__}.{operator.__qualname__}"
