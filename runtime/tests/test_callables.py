"""Functions of DAG files in another process, where neither the file nor the project's modules are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from conftest import TESTS, Project
from generation import STANDARD
from interpreters import INTERPRETERS, is_python2

HEAD = f"""\
import datetime
from airflow import DAG
from {STANDARD}.operators.python import PythonOperator
"""


def dag(top: str, callable_: str, inside: str = "", **kwargs: object) -> str:
    """A file whose task `a` calls `callable_`."""
    more = "".join(f", {name}={value!r}" for name, value in kwargs.items())
    body = "".join(f"    {line}\n" for line in inside.strip("\n").splitlines())
    return (
        f"{HEAD}{top}\nwith DAG('d', start_date=datetime.datetime(2024, 1, 1), schedule=None) as the_dag:\n{body}"
        f"    a = PythonOperator(task_id='a', python_callable={callable_}{more})\n"
    )


WRAPPER = """
import functools
def loud(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args).upper()
    return wrapper
"""

CASES = {
    "constants and helpers": (
        "A = 1\nB = A + 1\nunused = object()\ndef helper(): return B\ndef f(): return [A, helper()]",
        "f",
        "",
        [1, 2],
    ),
    "a name that is changed later": (
        "C = {}\nC['a'] = 1\nC.update(b=2)\ndef f(): return C",
        "f",
        "",
        {"a": 1, "b": 2},
    ),
    "imports, also conditional": (
        "try:\n    import no_such_json as json\nexcept ImportError:\n    import json\nimport os.path, math as m\n"
        "def f(): return [json.loads('[1]'), int(m.floor(2.5)), os.path.basename('/x/y')]",
        "f",
        "",
        [[1], 2, "y"],
    ),
    "a class": (
        "class Box:\n    size = 3\n    def get(self): return self.size\ndef f(): return Box().get()",
        "f",
        "",
        3,
    ),
    "a dataclass with annotations": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1\n    y: 'str' = 'b'\n"
        "def f(p: 'Unknown' = None) -> P: return [P().x, P(y='c').y]",
        "f",
        "",
        [1, "c"],
    ),
    "a function in the DAG's block": ("", "f", "rate = 3\ndef f():\n    return rate * 2", 6),
    "two functions in the block, one calling the other": (
        "",
        "f",
        "def g():\n    return 4\ndef f():\n    return g()",
        4,
    ),
    "a function defined twice in a loop": (
        "fs = []\nfor n in range(2):\n    def f(n=n): return n\n    fs.append(f)",
        "fs[0]",
        "",
        0,
    ),
    "a closure": ("def make(n):\n    def inner():\n        return n * 10\n    return inner", "make(7)", "", 70),
    "a closure over a function and a module": (
        "def make():\n    import json\n    def helper(): return json.loads('5')\n    def inner(): return helper()\n    return inner",
        "make()",
        "",
        5,
    ),
    "a recursive closure": (
        "def make():\n    def fact(n=5):\n        return 1 if n < 2 else n * fact(n - 1)\n    return fact",
        "make()",
        "",
        120,
    ),
    "a lambda": ("N = 8\n", "lambda: N + 1", "", 9),
    "one of two lambdas on a line": ("fs = [lambda: 1, lambda: 2]", "fs[1]", "", 2),
    "a lambda over several lines": ("f = (lambda:\n    [1,\n     2])", "f", "", [1, 2]),
    "a partial": ("import functools\ndef add(a, b): return a + b", "functools.partial(add, 1, b=2)", "", 3),
    "a decorated function": (WRAPPER + "@loud\ndef f(): return 'hey'", "f", "", "HEY"),
    "a decorator of the project": ("from include.wrap import loud\n@loud\ndef f(): return 'hey'", "f", "", "HEY"),
    "a static method": ("class H:\n    @staticmethod\n    def run(): return 6", "H.run", "", 6),
    "a class method": ("class H:\n    n = 6\n    @classmethod\n    def run(cls): return cls.n", "H.run", "", 6),
    "an inherited class method": (
        "class H:\n    n = 6\n    @classmethod\n    def run(cls): return [cls.__name__, cls.n]\nclass Sub(H):\n    n = 7",
        "Sub.run",
        "",
        ["Sub", 7],
    ),
    "a class method of the project": ("from beside import Thing", "Thing.name", "", "Thing"),
    "statements that share a line": ("A = 1; B = 2; dag_like = object()\ndef f(): return A + B", "f", "", 3),
    "text over several lines": ("TEXT = '''a\n  b\n'''\ndef f(): return TEXT", "f", "", "a\n  b\n"),
    "a function of the project": ("from include.stats import mean", "mean", "", "mean"),
    "an import in the body, relative in the project": (
        "def f():\n    from include import stats\n    return stats.deep()",
        "f",
        "",
        "deep",
    ),
    "a module beside the DAG": ("import beside\ndef f(): return beside.NAME", "f", "", "beside"),
    "a star import": ("from beside import *\ndef f(): return NAME", "f", "", "beside"),
}


Resolve = Callable[[str], Any]


@pytest.fixture(scope="module")
def resolve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resolve]:
    """Resolves task `a` of many files in one process, all in a project with some modules."""
    project = Project(tmp_path_factory.mktemp("project"))
    deeper = "from .deeper import name\ndef mean(): return 'mean'\ndef deep(): return name()\n"
    project.write("include/__init__.py", "")
    project.write("include/stats.py", deeper)
    project.write("include/deeper.py", "def name(): return 'deep'\n")
    project.write("include/wrap.py", WRAPPER)
    thing = "class Thing:\n    @classmethod\n    def name(cls): return cls.__name__\n"
    project.write("dags/beside.py", f"NAME = 'beside'\n{thing}")
    env = {**os.environ, **project.env}
    env["PYTHONPATH"] += os.pathsep + str(TESTS.parent)
    command = [sys.executable, str(TESTS / "resolver.py")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout, files = process.stdin, process.stdout, iter(range(1000))

        def ask(source: str) -> Any:
            path = project.write(f"dags/dag_{next(files)}.py", source)
            stdin.write(f"{path}\n")
            stdin.flush()
            return json.loads(stdout.readline())

        yield ask
        stdin.close()


def call(task: dict[str, Any], folder: Path, *python: str) -> Any:
    env = {**os.environ, "PYTHONPATH": str(TESTS.parent), "AIRFLOW_HOME": str(folder)}
    command = [sys.executable, str(TESTS / "call.py"), *python]
    done = subprocess.run(
        command, cwd=folder, env=env, input=json.dumps(task), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_callable_gives_there_what_it_gives_here(
    resolve: Resolve, tmp_path: Path, case: tuple[str, str, str, object]
) -> None:
    top, callable_, inside, expected = case
    told = resolve(dag(top, callable_, inside))
    assert isinstance(told, list), told
    assert call(told[0], tmp_path) == expected
    for python in INTERPRETERS:
        if "->" not in top or not is_python2(python):  # it knows no annotations
            assert call(told[0], tmp_path, python) == expected


def test_only_what_is_needed_travels(project: Project) -> None:
    project.write("include/__init__.py", "")
    project.write("include/used.py", "")
    project.write("include/unused.py", "")
    top = "from include import used, unused\nSECRET_KEY = 'x'\ndef f(): return used.__name__"
    task = project.resolved(dag(top, "f"), "a")
    source = task["kwargs"]["python_callable"]["$callable"]["source"]
    assert "SECRET_KEY" not in source
    assert "unused" not in source
    assert list(task["modules"]) == ["include", "include.used"]
    assert task["modules"]["include.used"]["path"] == "include/used.py"
    assert "unusual_prefix" not in repr(task)


def test_future_imports_travel_but_for_annotations(resolve: Resolve, tmp_path: Path) -> None:
    plain = dag("def f(): return 1 / 2", "f")
    for names, kept in (("annotations, division", True), ("annotations", False)):
        (task,) = resolve(f"from __future__ import {names}\n{plain}")
        source = task["kwargs"]["python_callable"]["$callable"]["source"]
        assert source.startswith("from __future__ import division\n") == kept
        assert ("__future__" in source) == kept
        assert call(task, tmp_path) == 0.5


@pytest.mark.parametrize("decorator", ["task(multiple_outputs=True)", "split"])
def test_a_task_flow_function_travels_without_its_decorator(project: Project, decorator: str) -> None:
    source = """
    import datetime
    from functools import partial
    from airflow.decorators import dag, task

    split = partial(task, multiple_outputs=True)

    @dag(start_date=datetime.datetime(2024, 1, 1), schedule=None)
    def flow():
        factor = 3

        @DECORATOR
        def double(n: int, **context) -> dict:
            return {"n": n * factor, "ds": context["ds"]}

        double(4)

    flow()
    """
    told = project.run(source.replace("DECORATOR", decorator), "double")
    assert {event["key"]: event["value"] for event in told.of("xcom")} == {
        "n": 12,
        "ds": "2024-01-31",
        "return_value": {"n": 12, "ds": "2024-01-31"},
    }


def test_an_error_names_the_users_file_and_line(project: Project) -> None:
    top = "\n\ndef helper():\n    raise ValueError('here')\n\ndef f():\n    helper()"
    told = project.run(dag(top, "f"), "a")
    assert (told.error["file"], told.error["line"]) == (str(project.dag_file), 7)
    assert "raise ValueError('here')" in told.error["traceback"]
    assert "    helper()" in told.error["traceback"]


def test_an_error_in_a_module_of_the_project_names_that(project: Project) -> None:
    project.write("include/stats.py", "\n\ndef mean():\n    return 1 / 0\n")
    told = project.run(dag("from include.stats import mean", "mean"), "a")
    assert told.error["file"].endswith("include/stats.py")
    assert told.error["line"] == 4
    assert "return 1 / 0" in told.error["traceback"]


def test_the_sent_module_wins_over_the_images_and_its_neighbours_stay(project: Project) -> None:
    project.write("include/stats.py", "def mean(): return 'sent'\n")
    task = project.resolved(
        dag(
            "from include.stats import mean\ndef f():\n    import include.other\n    return [mean(), include.other.NAME]",
            "f",
        ),
        "a",
    )
    project.write("elsewhere/include/stats.py", "def mean(): return 'of the image'\n")
    project.write("elsewhere/include/other.py", "NAME = 'of the image'\n")
    assert project.execute(task).returned == ["sent", "of the image"]


@pytest.mark.parametrize(
    ("top", "callable_", "says"),
    [
        ("def make(h):\n    def f(): return h\n    return f", "make(open('/dev/null'))", "python_callable: h is a _io"),
        (
            "def make():\n    n = 0\n    def f():\n        nonlocal n\n        n += 1\n    return f",
            "make()",
            "changes a variable",
        ),
        ("class C:\n    def run(self): pass\nc = C()", "c.run", "a method bound to a C"),
        ("class C:\n    def __call__(self): pass\nc = C()", "c", "python_callable is a dag_"),
        (
            "def make():\n    class C:\n        def f(cls): pass\n        f = classmethod(f)\n    return C.f",
            "make()",
            "a builtins.type",
        ),
        ("def f(): return the_dag", "f", "python_callable: the_dag is part of the DAG itself"),
    ],
)
def test_what_cannot_travel_says_why(resolve: Resolve, top: str, callable_: str, says: str) -> None:
    error = resolve(dag(top, callable_))
    assert error["code"] == "cannot_travel"
    assert says in error["message"]
    assert "include/" in error["message"]
    assert "unusual_prefix" not in error["message"]


def test_a_file_that_is_open_at_module_level_is_opened_again_there(resolve: Resolve, tmp_path: Path) -> None:
    told = resolve(dag("handle = open('/dev/null')\ndef f(): return handle.read()", "f"))
    assert call(told[0], tmp_path) == ""


def test_source_that_the_virtualenv_operator_can_read(project: Project) -> None:
    source = dag("", "f", "def f():\n    return 1").replace("PythonOperator(", "ReadingOperator(")
    source = source.replace(HEAD, HEAD + "from include.reading import ReadingOperator\n")
    project.write("include/__init__.py", "")
    project.write(
        "include/reading.py",
        f"""
        import inspect
        from {STANDARD}.operators.python import PythonOperator

        class ReadingOperator(PythonOperator):
            def execute(self, context):
                return inspect.getsource(self.python_callable).strip()
        """,
    )
    assert project.run(source, "a").returned == "def f():\n        return 1"
