"""Finds old files, without following links out of the folders that were named."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_NOTE = ".sha256"


def old_files(
    folders: Iterable[Path], before: float, is_needed: Callable[[Path], bool]
) -> Iterator[tuple[Path, int]]:
    """Files in these folders, and in the folders inside, last changed before a moment; with their sizes."""
    for folder in folders:
        yield from (found for found in _walk(str(folder), before) if not is_needed(found[0]))


def _walk(folder: str, before: float) -> Iterator[tuple[Path, int]]:
    try:
        entries = os.scandir(folder)
    except OSError:
        return  # it went away, or is not ours to read
    with entries:
        for one in entries:
            if one.is_dir(follow_symlinks=False):
                yield from _walk(one.path, before)
            elif one.is_file(follow_symlinks=False):
                facts = one.stat(follow_symlinks=False)
                if facts.st_mtime < before:
                    yield Path(one.path), facts.st_size


def orphans(folder: Path) -> Iterator[tuple[Path, int]]:
    """Checksums of backups that are gone."""
    for note in folder.glob(f"orario-backup-*{_NOTE}") if folder.is_dir() else ():
        if not note.with_name(note.name.removesuffix(_NOTE)).exists():
            yield note, note.stat().st_size
