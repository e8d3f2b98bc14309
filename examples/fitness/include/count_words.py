"""The function of the fitness tests as a command, for operators that start a container; for Python 2 too.

python -m include.count_words <day> <task> <limit>
"""

import platform
import sys

from include.results import give
from include.words import most_common

TEXT = "the quick brown fox jumps over the lazy dog"


def count_words(day, task, limit):
    print("Counting the words of {} in {}".format(day, task))
    return {
        "day": day,
        "task": task,
        "python": platform.python_version(),
        "most_common": most_common(TEXT, limit),
    }


if __name__ == "__main__":
    day, task, limit = sys.argv[1:]
    give(count_words(day, task, int(limit)))
