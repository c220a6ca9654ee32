"""The compiled kernel from numba's cache, without the half second and the 50 MB that only compiling needs.

Before numba reads its cache it loads everything it could compile with, and scipy where that is installed. Compiled code needs none of it.
Done by numba's own functions, in the order of its dispatcher; with a release of numba nobody has tried this with, numba does it all.
"""

from __future__ import annotations

from typing import Any

import numba
from numba.core.compiler_lock import global_compiler_lock
from numba.core.runtime.nrt import rtsys

#: Releases of numba this was tried with.
_TRIED = ("0.68.",)


def ready(compiled: Any, arguments: tuple[Any, ...]) -> bool:
    """Load what was compiled for arguments of these types, unless something is loaded; whether that was done.

    After False the first call loads or compiles as ever.
    """
    if compiled.overloads or not numba.__version__.startswith(_TRIED):
        return False
    with global_compiler_lock:
        return not compiled.overloads and _loaded(compiled, tuple(compiled.typeof_pyval(one) for one in arguments))


def _loaded(compiled: Any, types: tuple[Any, ...]) -> bool:
    context = compiled.targetctx
    rtsys.initialize(context)
    try:
        found = compiled._cache._load_overload(types, context)
    except OSError:
        return False  # numba says so itself when it tries
    if found is None:
        return False
    context.insert_user_function(found.entry_point, found.fndesc, [found.library])
    compiled.add_overload(found)
    return True
