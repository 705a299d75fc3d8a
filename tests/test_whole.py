"""Small files that are the old one or the new one."""

import os
from pathlib import Path

import pytest

from scrm_helpers.store.whole import write_whole


def test_a_stop_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "held.json"
    write_whole(path, "old\n")

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            write_whole(path, "new, and longer\n")
    assert path.read_bytes() == b"old\n"
    write_whole(path, "ü\n")  # what the stop left is in nobody's way
    assert path.read_bytes() == "ü\n".encode() and [f.name for f in tmp_path.iterdir()] == ["held.json"]


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX files")
def test_private_is_private_whatever_a_stop_left(tmp_path):
    path = tmp_path / "held.json"
    path.with_suffix(".half").write_text("left by a stop")
    path.with_suffix(".half").chmod(0o644)
    write_whole(path, "{}", private=True)
    assert path.stat().st_mode & 0o777 == 0o600
