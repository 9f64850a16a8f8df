"""On what kind of drive a file lies: SQLite's locks do not hold on one of the network, and the store would break."""

from __future__ import annotations

from pathlib import Path

NETWORK = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
        "davfs",
    )
)
MOUNTS = Path("/proc/self/mountinfo")


def network_drive(file: Path) -> str | None:
    """Return the kind of network drive that a file lies on; None for a disk, or where the system does not tell."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    kind = kind_of(mounts, file.resolve())
    return kind if kind in NETWORK else None


def kind_of(mounts: str, file: Path) -> str | None:
    """Return the kind of file system that holds a file, as /proc/self/mountinfo tells it; the last mount counts.

    >>> kind_of("1 0 0:1 / / rw - ext4 /dev/a rw\\n2 1 0:2 / /team rw - nfs4 nas:/ rw", Path("/team/x"))
    'nfs4'
    """
    best, kind = -1, None
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, of = before.split(), after.split()
        if len(fields) < 5 or not of:
            continue
        point = Path(fields[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
        depth = len(point.parts)
        if depth >= best and file.is_relative_to(point):
            best, kind = depth, of[0]
    return kind
