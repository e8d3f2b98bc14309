"""What is sent into the other interpreter: Python 2.7 and 3 read it alike, the standard library only.

There it is the package `airlock_there`. Text in it is `text`, a `str` is what the Python at hand calls so.
"""
