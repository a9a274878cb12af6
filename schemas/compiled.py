"""One decorator for all compiled functions: numba's, typed, cached on disk, and callable uncompiled as ``.py_func``."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function of scalars and arrays on its first call; later processes load it from the cache."""
    return cast("Function", njit(function, cache=True))
