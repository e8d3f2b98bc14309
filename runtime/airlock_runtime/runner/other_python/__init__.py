"""Runs a task's function in another interpreter of the image, such as python2.7, while its operator runs here.

Contract: the function is not compiled for this Python; its source, arguments and result travel over pipes alone. What
runs there is `there/`, which Python 2.7 and 3 read alike.
"""
