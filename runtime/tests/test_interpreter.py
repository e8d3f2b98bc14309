"""Another interpreter's errors, ends and streams, without Airflow."""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path

import pytest
from interpreters import FILE, INTERPRETERS, PLACE, each_python, failure_of, function_of, is_python2

from airlock_runtime.runner.other_python.answer import RaisedThere

# --- errors


@each_python
def test_an_exception_is_told_with_the_users_lines(python: str) -> None:
    source = "def helper(path):\n    open(path)\n\ndef f():\n    helper('/no/such')\n"
    error = failure_of(function_of(python, source))
    assert (error["code"], error["file"], error["line"]) == ("task", FILE, 2)
    assert error["type"] == ("IOError" if is_python2(python) else "FileNotFoundError")
    assert "No such file" in error["message"]
    assert "    helper('/no/such')" in error["traceback"]
    assert error["traceback"].startswith("Traceback (most recent call last):\n  File")
    assert "airlock" not in error["traceback"]


@each_python
def test_an_exception_in_the_standard_library_is_at_the_users_line(python: str) -> None:
    error = failure_of(function_of(python, "import json\ndef f():\n    json.loads('{')\n"))
    assert (error["file"], error["line"]) == (FILE, 3)
    assert "json/decoder.py" in error["traceback"]


@each_python
def test_an_exception_while_a_sent_module_is_imported(python: str) -> None:
    modules = {"broken": {"path": "/x/broken.py", "source": "\nimport not_there\n", "package": False}}
    error = failure_of(function_of(python, "def f():\n    import broken\n", modules))
    assert (error["file"], error["line"]) == ("/x/broken.py", 2)
    assert "import not_there" in error["traceback"]
    assert "airlock" not in error["traceback"]


@each_python
def test_an_exception_in_any_words(python: str) -> None:
    source = "# coding: utf-8\ndef f():\n    raise ValueError(u'\u00fcber')  # \u00fc\n"
    error = failure_of(function_of(python, source))
    assert (error["type"], error["message"]) == ("ValueError", "über")
    assert "# ü" in error["traceback"]
    nameless = failure_of(function_of(python, "class E(Exception): pass\ndef f(): raise E()"))
    assert (nameless["type"], nameless["message"]) == ("E", "E")


def test_source_that_python_2_does_not_read_is_at_its_line() -> None:
    for python in filter(is_python2, INTERPRETERS):
        error = failure_of(function_of(python, "\ndef f():\n    return f'{1}'\n"))
        assert (error["type"], error["file"], error["line"]) == ("SyntaxError", FILE, 3)
        assert "python2.7 does not read this source" in error["message"]


@each_python
def test_the_cause_of_an_exception_shows_its_traceback_to_airflows_log(python: str) -> None:
    with pytest.raises(RaisedThere) as raised:
        function_of(python, "def f():\n    raise KeyError('x')\n")()
    assert "in f\n    raise KeyError('x')\nKeyError: 'x'" in str(raised.value.__cause__)


@each_python
@pytest.mark.parametrize("code", [None, 0, 4, "words"])
def test_an_exit_is_an_exit(python: str, code: object) -> None:
    with pytest.raises(SystemExit) as raised:
        function_of(python, "import sys\ndef f(code): sys.exit(code)")(code)
    assert raised.value.code == code


@each_python
@pytest.mark.parametrize(
    ("end", "says"), [("os._exit(3)", "with exit code 3"), ("os.kill(os.getpid(), 9)", "by signal SIGKILL")]
)
def test_an_interpreter_that_dies_says_how(python: str, end: str, says: str) -> None:
    error = failure_of(function_of(python, f"import os\ndef f(): {end}"))
    assert (error["code"], error["file"], error["line"]) == ("interpreter_ended", *PLACE)
    assert says in error["message"] and python in error["message"]


def test_a_death_is_noticed_though_a_child_lives_on(capfd: pytest.CaptureFixture[str]) -> None:
    source = "import os, signal\ndef f():\n    pid = os.fork()\n    if not pid: signal.pause()\n    print(pid)\n    os._exit(3)"
    for python in INTERPRETERS:
        assert failure_of(function_of(python, source))["code"] == "interpreter_ended"
        os.kill(int(capfd.readouterr().out), signal.SIGKILL)


@pytest.mark.parametrize("program", ["/bin/true", "/bin/cat"])
def test_what_is_no_python_is_told_as_such(program: str) -> None:
    error = failure_of(function_of(program, "def f(): pass"))
    assert (error["code"], "must be a Python" in error["message"]) == ("interpreter_ended", True)


def test_an_interpreter_that_is_not_there_is_named_with_the_path() -> None:
    error = failure_of(lambda: function_of("python1.5", "def f(): pass"))
    assert (error["code"], error["file"], error["line"]) == ("interpreter_not_found", *PLACE)
    assert "python1.5" in error["message"] and os.environ["PATH"] in error["message"]
    assert "Dockerfile" in error["message"]
    at_path = failure_of(lambda: function_of("/no/such/python", "def f(): pass"))
    assert "/no/such/python" in at_path["message"] and "PATH" not in at_path["message"]


def test_an_interpreter_that_does_not_start_is_named(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_bytes(b"\x7fELF, or not")
    program.chmod(0o755)
    error = failure_of(function_of(str(program), "def f(): pass"))
    assert (error["code"], "cannot be started" in error["message"]) == ("interpreter_not_found", True)


# --- around the call


@each_python
def test_prints_go_to_the_streams_and_no_input_comes(python: str, capfd: pytest.CaptureFixture[str]) -> None:
    source = "import os, sys\ndef f():\n    print(u'\u00fc')\n    sys.stderr.write('err')\n    os.system('echo sh')\n    return sys.stdin.read()"
    assert function_of(python, source)() == ""
    told = capfd.readouterr()
    assert (told.out, told.err) == ("ü\nsh\n", "err")


@each_python
def test_log_records_are_logged_here(python: str, caplog: pytest.LogCaptureFixture) -> None:
    source = """
    import logging, threading
    def f():
        log = logging.getLogger("mine.own")
        log.debug("not this")
        log.info(u"%s \u00fc", 1)
        thread = threading.Thread(target=log.warning, args=("from a thread",))
        thread.start()
        thread.join()
        try:
            1 / 0
        except ZeroDivisionError:
            log.exception("broke")
    """
    with caplog.at_level(logging.INFO):
        assert function_of(python, source)() is None
    told = [(record.name, record.levelname, record.getMessage().splitlines()[0]) for record in caplog.records]
    assert told == [
        ("mine.own", "INFO", "1 ü"),
        ("mine.own", "WARNING", "from a thread"),
        ("mine.own", "ERROR", "broke"),
    ]
    assert "ZeroDivisionError" in caplog.records[-1].getMessage()


@each_python
def test_the_log_of_a_fork_goes_to_standard_error(python: str, capfd: pytest.CaptureFixture[str]) -> None:
    source = """
    import logging, os
    def f():
        pid = os.fork()
        if not pid:
            logging.getLogger("mine").warning("from the fork")
            os._exit(0)
        os.waitpid(pid, 0)
        return 1
    """
    assert function_of(python, source)() == 1
    assert capfd.readouterr().err == "from the fork\n"


@each_python
def test_threads_and_programs_left_running_do_not_hold_the_result(python: str) -> None:
    source = """
    import subprocess, threading
    def f():
        threading.Thread(target=threading.Event().wait).start()
        return subprocess.Popen(["sleep", "600"]).pid
    """
    os.kill(function_of(python, source)(), signal.SIGKILL)


@each_python
def test_arguments_are_in_no_command_line_environment_or_file(
    python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    source = """
    import os
    def f(secret):
        read = [open("/proc/self/%s" % name, "rb").read() for name in ("cmdline", "environ")]
        return [secret.encode("ascii") in text for text in read] + [os.environ["TMPDIR"], b"cmdline" in read[0]]
    """
    assert function_of(python, source)("hunter2") == [False, False, str(tmp_path), False]
    assert list(tmp_path.iterdir()) == []
