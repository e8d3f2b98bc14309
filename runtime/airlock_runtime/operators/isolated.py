"""`IsolatedOperator`: an Airflow task that runs another operator in the image of its own environment.

Contract: imports on Airflow 2.9 and later and on 3; the inner operator is not imported where it is named by a string,
so the parent image need not have it. What it was called with is kept as it is: it is rendered where it runs.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any, Callable, Sequence

from airlock_runtime.describe.record import Call, callers_place
from airlock_runtime.launch.ahead import listed
from airlock_runtime.operators.arguments import (
    carrier_arguments,
    inner_arguments,
    operator_name,
    split,
)
from airlock_runtime.operators.compat import BaseOperator, XComArg
from airlock_runtime.operators.mapping import IsolatedPartial
from airlock_runtime.operators.reschedule import SERIALIZED, wait_for_reschedule


class IsolatedOperator(BaseOperator):  # type: ignore[misc]
    """Runs any operator in the image (or the virtualenv) of a child environment.

    :param operator: the inner operator: its class, or its qualified name such as
        ``airflow.providers.standard.operators.bash.BashOperator``
    :param environment: name of the environment, a folder of the project's ``environments/``; its image is
        ``<image>/<environment>``
    :param image: the image to run in; where it is not given, that of the setting
        ``AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE``
    :param isolation_type: what carries the task: ``kubernetes``, ``docker`` or ``external_python``; by default the
        setting ``[airlock] isolation_type``
    :param python: another interpreter of the image, such as ``python2.7``, for the inner operator's function alone
    :param isolated_operator_kwargs: arguments of the operator that carries the task, such as a pod's resources
    :param kubernetes_pod_operator_kwargs: the same, as another dialect calls it
    :param operator_kwargs: arguments of the inner operator whose names are taken by this one
    :param send_ahead: what a task that is carried by a deferrable operator may need while nobody is there to answer:
        ``{"connections": [ids], "variables": [keys], "xcoms": [task ids]}``
    :param kwargs: arguments of every operator (``retries``, ``pool``...), which act on this task; all others are the
        inner operator's
    :raises AirflowException: while the DAG file is parsed, for arguments that collide or that cannot work
    """

    template_fields: Sequence[str] = ("rendered",)
    template_fields_renderers = {"rendered": "json"}  # noqa: RUF012 - as Airflow declares it
    ui_color = "#d5e8f5"
    _is_sensor: bool | None = None  # None is left out of what is serialized, as False is not in every version

    def __init__(
        self,
        *,
        operator: type | str,
        environment: str | None = None,
        image: str | None = None,
        isolation_type: str | None = None,
        python: str | None = None,
        isolated_operator_kwargs: dict[str, Any] | None = None,
        kubernetes_pod_operator_kwargs: dict[str, Any] | None = None,
        operator_kwargs: dict[str, Any] | None = None,
        send_ahead: dict[str, list[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        own, inner = split(kwargs)
        task_id = str(own.get("task_id"))
        self.operator = operator_name(task_id, operator)
        self.isolated_operator_kwargs = carrier_arguments(
            task_id, isolation_type, isolated_operator_kwargs, kubernetes_pod_operator_kwargs
        )
        self.inner_kwargs = inner_arguments(task_id, inner, operator_kwargs or {})
        super().__init__(**own)
        self.environment = environment
        self.image = image
        self.isolation_type = isolation_type
        self.python = python
        self.send_ahead = listed(task_id, send_ahead or {})
        self.rendered: dict[str, Any] = {}
        self.reschedule = self.inner_kwargs.get("mode") == "reschedule"
        if self.reschedule:
            wait_for_reschedule(self)
        self._call = Call(own, *self._place(sys._getframe(1)))
        self._resolved_ids: set[int] = set()
        self._launch: Any = None
        # Airflow does this for templated fields, and the inner operator's are rendered elsewhere.
        XComArg.apply_upstream_relationship(self, self.inner_kwargs)

    def _place(self, frame: Any) -> tuple[str | None, int]:
        """Where the user calls it; an instance of a mapped task is made by Airflow, while it runs."""
        mapped = getattr(self, "_BaseOperator__from_mapped", False)
        return (None, 0) if mapped else callers_place(frame)

    @classmethod
    def own_arguments(cls) -> frozenset[str]:
        """The names of its arguments that are neither every operator's nor the inner operator's."""
        kinds = [kind for kind in cls.__mro__ if issubclass(kind, IsolatedOperator)]
        parameters = [p for kind in kinds for p in inspect.signature(kind.__init__).parameters.values()]
        return frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)

    @classmethod
    def partial(cls, *, task_id: str, **kwargs: Any) -> IsolatedPartial:
        """As every operator's, but for the arguments of the inner operator: they are mapped as its own would be."""
        return IsolatedPartial.of(cls, task_id, kwargs)

    def execute(self, context: Any) -> Any:
        """Runs the inner operator where it is to run, and returns what that returned.

        :raises AirflowException: as the inner task ended
        """
        from airlock_runtime.operators.launch import Launch

        self._launch = Launch(self, context)
        self.multiple_outputs = False  # the inner task takes its result apart
        return self._launch.run()

    def resume(self, context: Any, event: Any = None) -> Any:
        """Where a carrier that deferred (`deferrable=True`) comes back."""
        from airlock_runtime.operators.launch import Launch

        self._launch = Launch(self, context)
        self.multiple_outputs = False
        return self._launch.resume(event)

    def on_kill(self) -> None:
        """Ends the inner task, which gets the time to clean up, and then what carries it."""
        if self._launch is not None:
            self._launch.kill()

    def unstarted_pod(self, warn: Callable[[str], None]) -> dict[str, Any] | None:
        """The pod that would carry it, as far as anybody says something of it (`carriers/unstarted_pod.py`)."""
        from airlock_runtime.carriers.unstarted_pod import unstarted_pod

        return unstarted_pod(self, warn)

    def _do_render_template_fields(
        self, parent: Any, template_fields: Any, context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        """Nothing is rendered out here. What came out of XComs of a mapped task is kept in mind: Airflow does not
        render that, and neither does the runner."""
        self._resolved_ids = set(seen_oids)

    @classmethod
    def get_serialized_fields(cls) -> frozenset[str]:
        """With what the scheduler must know of a task that asks to be called again."""
        return frozenset(super().get_serialized_fields() | SERIALIZED)
