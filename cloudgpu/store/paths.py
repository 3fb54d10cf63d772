"""Where this computer's memo lies."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from cloudgpu.errors import StoreError

FILE = "store.sqlite"
ELSEWHERE = 'export CLOUDGPU_HOME="$HOME/cloudgpu-state"'


def home() -> Path:
    """`$CLOUDGPU_HOME`, or `cloudgpu` in the platform's folder for the state of programs. Touches no disk."""
    if chosen := os.environ.get("CLOUDGPU_HOME"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_state_path

    return user_state_path("cloudgpu")


def prepare(home: Path) -> Path:
    """Make the folder, for this user alone (0700), and return it. StoreError where that cannot be.

    A folder that was there keeps its mode if it holds anything but ours: it may be somebody's `/tmp`.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        empty_or_ours = (home / FILE).exists() or not any(home.iterdir())
        if stat.S_IMODE(home.stat().st_mode) & 0o077 and empty_or_ours:
            home.chmod(0o700)
    except OSError as error:
        raise unusable(home, error) from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise unusable(home, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return home


def unusable(home: Path, error: OSError) -> StoreError:
    """The folder's trouble in words; the remedy is a command."""
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        brief, remedy = f"The state folder {home} is not a folder.", ELSEWHERE
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        brief, remedy = f"There is no room left for the state folder {home}.", f"df -h {home.parent}"
    elif error.errno == errno.EROFS:
        brief, remedy = f"The state folder {home} is on a read-only file system.", ELSEWHERE
    elif isinstance(error, PermissionError):
        brief, remedy = f"The state folder {home} may not be written to.", ELSEWHERE
    else:
        brief, remedy = f"The state folder {home} cannot be used.", ELSEWHERE
    code = errno.errorcode.get(error.errno or 0, "")
    return StoreError(brief, remedy=remedy, code=code, details=error.strerror or str(error))
