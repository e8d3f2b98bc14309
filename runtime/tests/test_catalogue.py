"""The catalogue against what Python itself says of the same classes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from generation import AIRFLOW, BASH, PYTHON, STANDARD, VERSION
from runner_process import request, run

from airlock_runtime.runner.catalogue.build import build_catalogue

BASE = "airflow.models.baseoperator.BaseOperator" if AIRFLOW == 2 else "airflow.sdk.bases.operator.BaseOperator"

SAMPLE = [
    BASH,
    PYTHON,
    f"{STANDARD}.operators.python.PythonVirtualenvOperator",
    f"{STANDARD}.sensors.date_time.DateTimeSensor",
    "airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator",
    "airflow.providers.common.sql.operators.sql.SQLColumnCheckOperator",
    "airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator",
    "airflow.providers.cncf.kubernetes.operators.job.KubernetesJobOperator",
    "airflow.providers.docker.operators.docker.DockerOperator",
    "airflow.providers.http.operators.http.HttpOperator",
    "airflow.providers.smtp.operators.smtp.EmailOperator",
    BASE,
]

INSPECT = """
import importlib, inspect, json, sys
told = {}
for name in sys.argv[1:]:
    module, _, attribute = name.rpartition(".")
    kind = getattr(importlib.import_module(module), attribute)
    init = kind.__dict__.get("__init__")
    parameters = list(inspect.signature(init).parameters.values())[1:] if init else []
    told[name] = {
        "parameters": [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)],
        "required": [p.name for p in parameters if p.default is p.empty and not p.name.endswith(("args", "kwargs"))],
        "template_fields": sorted(kind.template_fields),
        "template_ext": sorted(kind.template_ext),
        "mro": [c.__module__ + "." + c.__qualname__ for c in kind.__mro__],
        "line": inspect.getsourcelines(kind)[1],
    }
base = next(c for c in kind.__mro__ if c.__name__ == "BaseOperator")
modules = [importlib.import_module(name.rpartition(".")[0]) for name in sys.argv[1:]]
told["found"] = [
    m.__name__ + "." + name
    for m in modules
    for name, value in vars(m).items()
    if inspect.isclass(value) and issubclass(value, base) and value.__module__ == m.__name__
]
print("\\n" + json.dumps(told))
"""


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Any]:
    return build_catalogue()


@pytest.fixture(scope="module")
def inspected() -> dict[str, Any]:
    result = subprocess.run([sys.executable, "-c", INSPECT, *SAMPLE], capture_output=True, text=True, check=True)
    told = json.loads(result.stdout.splitlines()[-1])
    assert isinstance(told, dict)
    return told


def lineage(catalogue: dict[str, Any], name: str) -> list[str]:
    """The class and its parents in the catalogue, depth first, each once."""
    found = [name]
    for base in catalogue["classes"].get(name, {"bases": []})["bases"]:
        found += [parent for parent in lineage(catalogue, base) if parent not in found]
    return found


def inherited(catalogue: dict[str, Any], name: str, attribute: str) -> list[str]:
    for parent in lineage(catalogue, name):
        if attribute in catalogue["classes"].get(parent, {}):
            return sorted(catalogue["classes"][parent][attribute])
    return []


@pytest.mark.parametrize("name", SAMPLE)
def test_a_class_is_as_python_sees_it(catalogue: dict[str, Any], inspected: dict[str, Any], name: str) -> None:
    read, seen = catalogue["classes"][name], inspected[name]
    assert [parameter["name"] for parameter in read["parameters"]] == seen["parameters"]
    assert [p["name"] for p in read["parameters"] if p["required"]] == seen["required"]
    assert inherited(catalogue, name, "template_fields") == seen["template_fields"]
    assert inherited(catalogue, name, "template_ext") == seen["template_ext"]
    assert [c for c in seen["mro"] if c in catalogue["classes"]] == [
        c for c in lineage(catalogue, name) if c in catalogue["classes"]
    ]
    assert abs(read["line"] - seen["line"]) <= 3  # decorators


def test_parameters_say_their_types_defaults_and_docs(catalogue: dict[str, Any]) -> None:
    bash = catalogue["classes"][SAMPLE[0]]
    (command,) = [p for p in bash["parameters"] if p["name"] == "bash_command"]
    assert command["doc"].startswith("The command, set of commands or reference to a Bash script")
    (encoding,) = [p for p in bash["parameters"] if p["name"] == "output_encoding"]
    assert (encoding["annotation"], encoding["default"], encoding["kind"]) == ("str", "'utf-8'", "keyword")
    assert bash["kwargs"] is True
    assert bash["doc"].startswith("Execute a Bash script")
    assert bash["file"].endswith(f"{STANDARD.replace('.', '/')}/operators/bash.py")
    (task_id,) = [p for p in catalogue["classes"][BASE]["parameters"] if p["name"] == "task_id"]
    assert task_id["required"] is True


def test_other_names_of_a_class_are_known(catalogue: dict[str, Any]) -> None:
    # 3.0 still has a class of its own there
    models = "airflow.models.baseoperator.BaseOperator" if VERSION[:2] == (3, 0) else BASE
    assert catalogue["aliases"]["airflow.models.BaseOperator"] == models
    if AIRFLOW >= 3:
        assert catalogue["aliases"]["airflow.operators.bash.BashOperator"] == SAMPLE[0]
        assert catalogue["aliases"]["airflow.sdk.BaseOperator"] == BASE
    else:
        assert "airflow.operators.bash.BashOperator" in catalogue["classes"]
    for alias, target in catalogue["aliases"].items():
        assert alias != target
        assert target in catalogue["classes"]


def test_every_class_descends_from_the_base(catalogue: dict[str, Any]) -> None:
    assert len(catalogue["classes"]) > 60
    assert all(BASE in lineage(catalogue, name) for name in catalogue["classes"])
    assert catalogue["problems"] == []
    docker = "apache-airflow-providers-docker"
    assert catalogue["distributions"][docker] == metadata.version(docker)


def test_what_python_finds_in_a_module_is_there(catalogue: dict[str, Any], inspected: dict[str, Any]) -> None:
    assert len(inspected["found"]) > 10
    assert set(inspected["found"]) <= catalogue["classes"].keys()


def test_the_runner_answers_with_it_without_importing_airflow() -> None:
    told = run(request("catalogue"))
    assert told.outcome["state"] == "success"
    (event,) = told.of("catalogue")
    assert event["catalogue"]["format"] == 1
    assert SAMPLE[0] in event["catalogue"]["classes"]


FIXTURE = {
    "airflow/__init__.py": "",
    "airflow/sdk/__init__.py": "__lazy_imports = {'BaseOperator': '.bases.operator'}\n",
    "airflow/sdk/bases/__init__.py": "",
    "airflow/sdk/bases/operator.py": "class BaseOperator:\n    template_fields = ()\n    def __init__(self, *, task_id): ...\n",
    "airflow/providers/x/compat.py": """
from airflow.providers.common.compat._compat_utils import create_module_getattr
_IMPORT_MAP = {"BaseOperator": ("airflow.nowhere", "airflow.sdk")}
__getattr__ = create_module_getattr(import_map=_IMPORT_MAP)
""",
    "airflow/providers/x/operators/one.py": '''
from typing import TYPE_CHECKING
if V3:
    from airflow.providers.x.compat import BaseOperator
else:
    from airflow.models import BaseOperator
try:
    from airflow.nowhere import Mixin
except ImportError:
    class Mixin: ...
EXTRA = ("d",)
class First(Mixin, BaseOperator):
    """Does it.

    In detail.

    :param a: the first,
        over two lines
    :param b: the second
    """
    template_fields: tuple = ("a", "b")
    def __init__(self, a: "int", *, b: str = "x" + "y", **kwargs) -> None:
        super().__init__(a_set=1, b=b, **kwargs)
class Generic(First[int]):
    template_fields = tuple({*First.template_fields, "c"} - {"b"}) + EXTRA
Other = Generic
class _Circle(_Circle): ...
''',
    "airflow/providers/x/operators/two.py": "from airflow.providers.x.operators import one\nclass Two(one.Other): ...\n",
    "airflow/providers/x/operators/by_version.py": """
from airflow.providers.x.version_compat import AIRFLOW_V_2_0_PLUS, AIRFLOW_V_9_0_0_PLUS, AIRFLOW_V_9_1_PLUS
if AIRFLOW_V_9_1_PLUS:
    from airflow.providers.x.operators.one import First as Base
elif AIRFLOW_V_2_0_PLUS:
    from airflow.providers.x.operators.one import Generic as Base
else:
    from airflow.providers.x.operators.two import Two as Base
class Late(Base): ...
if not AIRFLOW_V_9_0_0_PLUS:
    from airflow.providers.x.operators.two import Two as Other
else:
    from airflow.providers.x.operators.one import First as Other
class Early(Other): ...
""",
    "airflow/providers/x/operators/broken.py": "class Broken(:\n",
    "airflow/providers/x/operators/bytes.py": "\x00",
}


def test_the_rules_of_reading(tmp_path: Path) -> None:
    for path, text in FIXTURE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    catalogue = build_catalogue([str(tmp_path)])
    package = "airflow.providers.x.operators"
    classes = catalogue["classes"]
    assert set(classes) == {
        "airflow.sdk.bases.operator.BaseOperator",
        f"{package}.one.First",
        f"{package}.one.Generic",
        f"{package}.two.Two",
        f"{package}.by_version.Late",
        f"{package}.by_version.Early",
    }
    first = classes[f"{package}.one.First"]
    assert first["doc"] == "Does it."
    assert first["sets"] == ["a_set"]
    assert first["parameters"] == [
        {
            "name": "a",
            "annotation": "int",
            "default": None,
            "required": True,
            "kind": "positional",
            "doc": "the first, over two lines",
        },
        {
            "name": "b",
            "annotation": "str",
            "default": "'x' + 'y'",
            "required": False,
            "kind": "keyword",
            "doc": "the second",
        },
    ]
    assert sorted(classes[f"{package}.one.Generic"]["template_fields"]) == ["a", "c", "d"]
    assert "template_fields" not in classes[f"{package}.two.Two"]
    assert classes[f"{package}.two.Two"]["bases"] == [f"{package}.one.Generic"]
    assert classes[f"{package}.two.Two"]["kwargs"] is True
    assert classes[f"{package}.by_version.Late"]["bases"] == [f"{package}.one.Generic"]
    assert classes[f"{package}.by_version.Early"]["bases"] == [f"{package}.two.Two"]
    assert sorted(Path(problem["file"]).name for problem in catalogue["problems"]) == ["broken.py", "bytes.py"]
