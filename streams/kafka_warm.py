"""Prepares, once, what makes every later start of an embedded Kafka fast; see ``kafka_runtime``."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from streams.embedded_kafka import EmbeddedKafka
from streams.kafka_runtime import cache_folder, is_warm

KEPT: Final = ("bootstrap.checkpoint",)


def warm(cache: Path) -> bool:
    """Download Kafka, format and train once in the cache folder; return whether there was anything to do.

    Two at once do the work twice and disturb nothing: the result is moved into place as one. Raises a ``ServiceError``.
    """
    if is_warm(cache):
        return False
    ready = cache_folder(cache)
    ready.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ready.parent, prefix="preparing-") as scratch:
        folder, result = Path(scratch) / "kafka", Path(scratch) / ready.name
        (result / "storage").mkdir(parents=True)
        # Java writes the archive when it ends, so this one is asked to stop, not killed.
        with EmbeddedKafka(folder, jvm_options=[f"-XX:AOTCacheOutput={result / 'classes.aot'}"]):
            for name in KEPT:
                shutil.copyfile(folder / "storage" / name, result / "storage" / name)
        shutil.rmtree(ready, ignore_errors=True)
        result.replace(ready)
    return True
