"""Begins in the other interpreter: reads the request, makes what came with it importable, and hands over.

Contract
    started as  <interpreter> -u -c "<this file>"
    reads       one JSON object from standard input, to its end: what `there/serve.py` says, and
                `runtime`: these modules, as `airlock_there.*`, each with `path`, `source`, `package`
    leaves      standard input empty, `sys.path` without the working directory that `-c` put there
"""

from __future__ import absolute_import, division, print_function

import sys

if __name__ == "__main__" and sys.path[:1] == [""]:  # a `json.py` there must not stand in for the standard library's
    del sys.path[0]

import importlib
import json
import linecache
import os
import re
import types

PY2 = sys.version_info[0] == 2

_CODING = re.compile(r"\A((?:[ \t\f]*(?:#[^\n]*)?\n)?[ \t\f]*#)[^\n]*coding[:=][^\n]*")
"""The line that declares a source's encoding (PEP 263), an error in Python 2 where the source is text already."""


def as_path(text):
    """A file's name as this Python's `str`."""
    return text.encode("utf-8") if PY2 else text


def execute(source, path, names, flags=0):
    """Runs source in a module's namespace; tracebacks show its lines, whatever lies at that path here."""
    code = compile(_CODING.sub(r"\1", source) if PY2 else source, path, "exec", flags, True)
    # Without a modification time linecache keeps the entry.
    linecache.cache[path] = (len(source), None, as_path(source).splitlines(True), path)
    exec(code, names)


class SentModules(object):
    """Imports modules that came as source: `find_spec` is what Python 3 asks, `find_module` what Python 2 does.

    :param modules: by name, each with `path` (below `home`, or absolute), `source`, `package`
    """

    def __init__(self, modules, home):
        self._modules = modules
        self._home = home

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in self._modules:
            return None
        from importlib.util import spec_from_loader

        return spec_from_loader(fullname, self, origin=self._path(fullname), is_package=self.is_package(fullname))

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        path = self._path(module.__name__)
        is_file = path.endswith(".py")
        if is_file:
            module.__file__ = path
        if self.is_package(module.__name__):
            # What was not sent of it is found in the image.
            module.__path__ = [os.path.dirname(path) if is_file else path]
        execute(self.get_source(module.__name__), path, module.__dict__)

    def find_module(self, fullname, path=None):
        return self if fullname in self._modules else None

    def load_module(self, fullname):
        module = sys.modules[fullname] = types.ModuleType(fullname)
        module.__loader__ = self
        module.__package__ = fullname if self.is_package(fullname) else fullname.rpartition(".")[0]
        try:
            self.exec_module(module)
        except BaseException:
            sys.modules.pop(fullname, None)
            raise
        return sys.modules[fullname]

    def is_package(self, fullname):
        return bool(self._modules[fullname].get("package"))

    def get_source(self, fullname):
        return self._modules[fullname]["source"]

    def _path(self, fullname):
        return as_path(os.path.join(self._home, self._modules[fullname]["path"]))


def main():
    request = json.loads(sys.stdin.read())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.meta_path.insert(0, SentModules(request["runtime"], ""))
    importlib.import_module("airlock_there.serve").serve(request)


if __name__ == "__main__":
    main()
