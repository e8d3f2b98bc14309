"""Code of the project that DAGs share; for Python 2 too."""

from collections import Counter


def most_common(text, count=1):
    """The most common words of a text, each with how often it stands there."""
    return [[word, times] for word, times in Counter(text.lower().split()).most_common(count)]
