"""Copies folders of an image to where the same image may change them.

Contract
    started as  python3 -c "<this file>" <folder>=<copy>…, in a container of its own before the one that has the copies
    leaves      a copy of each folder, empty where the image has none
    needs       Python 3.9 or later, the standard library only
"""

import os
import shutil
import sys

for pair in sys.argv[1:]:
    folder, _, copy = pair.rpartition("=")
    if os.path.isdir(folder):
        shutil.copytree(folder, copy, symlinks=True)
    else:
        os.makedirs(copy)
