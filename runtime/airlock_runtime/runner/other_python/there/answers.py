"""What goes back: frames (a 4-byte big-endian length, that much JSON) of log records, and in the end one answer."""

from __future__ import absolute_import, division, print_function

import errno
import fcntl
import json
import logging
import os
import struct
import sys
import threading


class Answers(object):
    """:param fd: the pipe, which programs that the function starts do not inherit"""

    def __init__(self, fd):
        fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.fcntl(fd, fcntl.F_GETFD) | fcntl.FD_CLOEXEC)
        self._fd = fd
        self._process = os.getpid()
        self._sending = threading.RLock()

    def send(self, message):
        """Sends one frame; from a process that the function forked, whose frames would run into ours, nothing."""
        if os.getpid() != self._process:
            return False
        body = json.dumps(message, allow_nan=False).encode("ascii")
        frame = struct.pack(">I", len(body)) + body
        with self._sending:
            while frame:
                frame = frame[self._write(frame) :]
        return True

    def _write(self, frame):
        try:
            return os.write(self._fd, frame)
        except OSError as error:
            if error.errno == errno.EINTR:  # a signal that the function handles; Python 3 itself tries again
                return 0
            raise


class LogHandler(logging.Handler):
    """Hands log records on, to be logged in Airflow's own Python."""

    def __init__(self, answers):
        logging.Handler.__init__(self)
        self._answers = answers

    def emit(self, record):
        try:
            message = self.format(record)
            told = {"name": record.name, "level": record.levelno, "message": _as_text(message)}
            if not self._answers.send({"log": told}):
                sys.stderr.write(message + "\n")
        except Exception:
            self.handleError(record)


def _as_text(message):
    return message.decode("utf-8", "replace") if isinstance(message, bytes) else message
