"""The runner as it is sent: this package itself, as a zip archive, and the bootstrap that receives it."""

from __future__ import annotations

import io
import pkgutil
import zipfile
from functools import lru_cache
from pathlib import Path

import airlock_runtime


@lru_cache(maxsize=1)
def runner_archive() -> bytes:
    """The zip archive that the bootstrap reads.

    The whole package: where the image has it installed too, Airflow there finds its provider entry point, and looks
    for what that names in what was sent.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in _sources():
            archive.writestr(path, data)
    return held.getvalue()


def _sources() -> list[tuple[str, bytes]]:
    root = Path(airlock_runtime.__file__).parent
    return [(file.relative_to(root.parent).as_posix(), file.read_bytes()) for file in sorted(root.rglob("*.py"))]


def source_of(name: str) -> str:
    """The text of a script of this package that is sent as one."""
    data = pkgutil.get_data("airlock_runtime", name)
    if data is None:
        raise FileNotFoundError(name)
    return data.decode()
