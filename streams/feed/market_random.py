"""Random numbers by name instead of by order: a value depends on its key alone, whoever asks first.

Each value is a hash (the finaliser of splitmix64) of the key of what it belongs to, so any minute of the synthetic
market can be made without the minutes before it, bit for bit the same. No generator has a state, and no value hangs
on the version of numpy.
"""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
FIRST_MULTIPLIER: Final = np.uint64(0xBF58476D1CE4E5B9)
SECOND_MULTIPLIER: Final = np.uint64(0x94D049BB133111EB)
SHIFT_11: Final = np.uint64(11)
SHIFT_16: Final = np.uint64(16)
SHIFT_27: Final = np.uint64(27)
SHIFT_30: Final = np.uint64(30)
SHIFT_31: Final = np.uint64(31)
LOW_16: Final = np.uint64(0xFFFF)
TO_UNIT: Final = 2.0**-53
NORMAL_SCALE: Final = 3.0**0.5 / 65536.0
"""Four summed 16-bit uniforms have a standard deviation of 65536 / sqrt(3)."""


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Return the function compiled by numba on its first call, kept on disk for the next process."""
    return cast("Callable[Parameters, Result]", numba.njit(cache=True)(function))


@compiled
def mix(key: np.uint64, value: int) -> np.uint64:
    """Return the 64 random bits that belong to ``value`` under ``key``."""
    bits = key + (np.uint64(value) + np.uint64(1)) * GOLDEN
    bits = (bits ^ (bits >> SHIFT_30)) * FIRST_MULTIPLIER
    bits = (bits ^ (bits >> SHIFT_27)) * SECOND_MULTIPLIER
    return bits ^ (bits >> SHIFT_31)


@compiled
def uniform(bits: np.uint64) -> float:
    """Return a number above 0 and below 1."""
    return (float(bits >> SHIFT_11) + 0.5) * TO_UNIT


@compiled
def normal(bits: np.uint64) -> float:
    """Return a number of mean 0 and deviation 1, never beyond 3.5: the sum of four uniforms."""
    total = (bits & LOW_16) + ((bits >> SHIFT_16) & LOW_16)
    upper = bits >> SHIFT_16 >> SHIFT_16
    total += (upper & LOW_16) + (upper >> SHIFT_16)
    return (float(total) - 131070.0) * NORMAL_SCALE


@compiled
def uniforms(key: np.uint64, count: int) -> npt.NDArray[np.float64]:
    """Return ``count`` numbers between 0 and 1, the i-th belonging to i."""
    values = np.empty(count, np.float64)
    for index in range(count):
        values[index] = uniform(mix(key, index))
    return values


@compiled
def normals(key: np.uint64, count: int) -> npt.NDArray[np.float64]:
    """Return ``count`` normal numbers, the i-th belonging to i."""
    values = np.empty(count, np.float64)
    for index in range(count):
        values[index] = normal(mix(key, index))
    return values


def key_of(*parts: int) -> np.uint64:
    """Return the key of a thing named by whole numbers, for example (seed, date, kind)."""
    key = GOLDEN
    for part in parts:
        key = np.uint64(mix(key, part & 0x7FFFFFFFFFFFFFFF))
    return key
