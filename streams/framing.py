"""How records are framed: as single objects, or with the ids of a schema registry where one is named."""

from schemas.codec import Codec
from schemas.registry import RegistryError, register
from streams.errors import TickerboardError
from streams.settings import Settings


def create_codec(settings: Settings) -> Codec:
    """Return the codec: single-object encoding, or Confluent framing with the ids that a registry gives."""
    if not settings.schema_registry_url:
        return Codec()
    try:
        return Codec(register(settings.schema_registry_url))
    except RegistryError as error:
        raise TickerboardError(str(error)) from error
