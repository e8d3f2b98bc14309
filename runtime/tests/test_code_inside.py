"""How code comes into a container that only its own user may write to."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from airlock_runtime.launch.archive import source_of


def run(part: str, *args: str, sent: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", source_of(f"inside/{part}"), *args]
    return subprocess.run(command, input=sent, capture_output=True, check=False)


def unpack(deleted: list[Path], *members: tuple[tarfile.TarInfo, bytes]) -> subprocess.CompletedProcess[bytes]:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    line = json.dumps([str(path) for path in deleted]).encode() + b"\n"
    return run("unpack.py", sent=line + packed.getvalue())


def member(path: Path, kind: bytes = tarfile.REGTYPE, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(str(path).lstrip("/"))
    info.type = kind
    for name, value in fields.items():
        setattr(info, name, value)
    return info


def test_what_changed_is_there_and_what_was_deleted_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone/file.py").write_text("old")
    (tmp_path / "changed.py").write_text("old")
    done = unpack(
        [tmp_path / "gone/file.py", tmp_path / "gone", tmp_path / "never.py"],
        (member(tmp_path / "changed.py", mode=0o755, mtime=1_700_000_000), b"new"),
        (member(tmp_path / "größe/neu.py", mode=0o640), b"x"),
        (member(tmp_path / "link", tarfile.SYMTYPE, linkname="/etc/hosts"), b""),
    )
    assert (done.stdout, done.returncode) == (b"done", 0), done.stderr
    assert sorted(os.listdir(tmp_path)) == ["changed.py", "größe", "link"]
    changed = (tmp_path / "changed.py").stat()
    assert ((tmp_path / "changed.py").read_text(), oct(changed.st_mode & 0o777)) == ("new", "0o755")
    assert changed.st_mtime == 1_700_000_000
    assert os.readlink(tmp_path / "link") == "/etc/hosts"


def test_a_deleted_folder_stays_where_the_image_has_something_else_in_it(tmp_path: Path) -> None:
    (tmp_path / "gone/__pycache__").mkdir(parents=True)
    (tmp_path / "gone/file.py").write_text("old")
    (tmp_path / "file").write_text("")
    done = unpack([tmp_path / "gone/file.py", tmp_path / "gone", tmp_path / "file/below.py"])
    assert (done.stdout, done.returncode) == (b"done", 0), done.stderr
    assert os.listdir(tmp_path / "gone") == ["__pycache__"]


def test_a_file_stands_where_a_link_or_a_folder_was_and_what_the_link_led_to_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    (tmp_path / "link.py").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder/below").mkdir(parents=True)
    assert unpack([], (member(tmp_path / "link.py"), b"new"), (member(tmp_path / "folder"), b"file")).returncode == 0
    assert (tmp_path / "elsewhere").read_text() == "kept"
    assert ((tmp_path / "link.py").read_text(), (tmp_path / "folder").read_text()) == ("new", "file")


def test_it_ends_with_the_archive_though_more_may_come(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(member(tmp_path / "a.py"))
    command = [sys.executable, "-c", source_of("inside/unpack.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"[]\n" + packed.getvalue()[: 3 * tarfile.BLOCKSIZE])
        process.stdin.flush()
        assert process.stdout.read() == b"done"
        assert process.wait(10) == 0


def test_it_tells_why_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = unpack([], (member(tmp_path / "file/below"), b""))
    assert done.returncode == 1
    assert b"the project's code cannot be laid into the container" in done.stderr


def test_the_images_folders_are_copied_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags/a.py").write_text("a")
    (tmp_path / "dags/link").symlink_to("a.py")
    pairs = [f"{tmp_path / name}={tmp_path / 'copies' / name}" for name in ("dags", "include")]
    assert run("copy_code.py", *pairs).returncode == 0
    assert os.readlink(tmp_path / "copies/dags/link") == "a.py"
    assert os.listdir(tmp_path / "copies/include") == []
