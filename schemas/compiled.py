"""Decorators for compiled functions: numba's, typed, cached on disk, and callable uncompiled as ``.py_func``.

numba compiles what a function calls into it, yet its cache looks only at the function's own file: it would go on using
the old code of a function of another module. So here a cached function is as old as all of the project's modules that
its own imports.
"""

import re
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from numba import njit

ROOT: Final = Path(__file__).parents[1]
IMPORTED: Final = re.compile(r"^from ([a-z_.]+) import", re.MULTILINE)

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function of scalars and arrays on its first call; later processes load it from the cache."""
    return _compile(function)


def compiled_in_place(function: Function) -> Function:
    """Compile a function that makes no array, but only changes those it is given.

    Such code owns nothing, so it counts no references: where a dozen arrays go from call to call, counting takes
    several times longer than the work. numba refuses to compile it where it does make an array.
    """
    return _compile(function, _nrt=False)


def _compile(function: Function, **options: bool) -> Function:
    """Compile a function, its cache valid for the present sources."""
    decorate: Any = njit
    dispatcher = decorate(function, cache=True, **options)
    stored = getattr(dispatcher, "_cache", None)  # there is none with NUMBA_DISABLE_JIT
    if stored is not None:
        stored._cache_file._source_stamp = source_digest(function.__code__.co_filename)  # noqa: SLF001 - no public way
    return cast("Function", dispatcher)


@cache
def source_digest(module: str) -> str:
    """Return a digest of the sources of a module and of all the project's modules that it imports, whatever the way."""
    sources: dict[Path, bytes] = {}
    waiting = [Path(module)]
    while waiting:
        path = waiting.pop()
        if path not in sources and path.is_file():
            sources[path] = path.read_bytes()
            names = IMPORTED.findall(sources[path].decode())
            waiting += [ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in names]
    return blake2b(b"".join(sources[path] for path in sorted(sources)), digest_size=16).hexdigest()
