"""Calls the function, and answers with what came of it.

Contract
    asked     `answer` (the file descriptor that takes the answer), `modules`, `home`, `path` (folders to add to
              `sys.path`), `log_level`, `callable` (as `$callable` describes it), and what to do: `call` with its
              `args` and `kwargs`, or null to hear of the callable's parameters
    answered  one of `value`, `parameters`, `exit` (the function called `sys.exit`), `unencodable` (a result that has no
              form: `path`, `reason`), `raised` (`type`, `message`, `traceback`, `file`, `line`); before it `log`s
    then      the process ends at once, whatever threads the function left
"""

from __future__ import absolute_import, division, print_function

import logging
import os
import sys

from .answers import Answers, LogHandler
from .boot import SentModules, as_path
from .callables import callable_of, parameters_of, revive
from .errors import raised
from .values import NotEncodable, encode


def serve(request):
    answers = Answers(request["answer"])
    logging.getLogger().addHandler(LogHandler(answers))
    logging.getLogger().setLevel(request["log_level"])
    sys.path.extend(path for path in map(as_path, request["path"]) if path not in sys.path)
    sys.meta_path.insert(0, SentModules(request["modules"], request["home"]))
    answer = _answer(request)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, EnvironmentError, ValueError):  # the function may have closed or replaced it
            pass
    answers.send(answer)
    os._exit(0)


def _answer(request):
    try:
        function = callable_of(request["callable"])
        call = request["call"]
        if call is None:
            return {"parameters": parameters_of(function)}
        result = function(*revive(call["args"]), **revive(call["kwargs"]))
        return {"value": encode(result)}
    except NotEncodable as error:
        return {"unencodable": {"path": error.path, "reason": error.reason}}
    except SystemExit as error:
        return {"exit": error.code if isinstance(error.code, int) or error.code is None else str(error.code)}
    except BaseException:
        return {"raised": raised(*sys.exc_info())}
