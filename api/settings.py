"""Settings of the gateway, from the environment (prefix ``TICKERBOARD_``, but for the common ``REDIS_URL``)."""

from pathlib import Path
from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DASHBOARD: Final = Path(__file__).parent / "dashboard" / "dist"
"""Where ``npm run build`` puts the page."""


class Settings(BaseSettings):
    """One field, one environment variable: ``stale_seconds`` is ``TICKERBOARD_STALE_SECONDS``."""

    model_config = SettingsConfigDict(env_prefix="TICKERBOARD_", populate_by_name=True)

    redis_url: str = Field(
        default="redis://127.0.0.1:6379/0", validation_alias="REDIS_URL", title="URL of a Redis or Valkey server"
    )
    idle_seconds: float = Field(
        default=1.0, ge=0.1, le=60, title="shortest time between two reads of Redis while nobody watches"
    )
    heartbeat_seconds: float = Field(default=1.0, ge=0.1, le=60, title="time between two heartbeats")
    stale_seconds: float = Field(default=5.0, gt=0, title="workers silent for longer make every feed stale")
    stall_seconds: float = Field(default=15.0, gt=0, title="a client that takes nothing for longer is ended")
    redis_timeout_seconds: float = Field(default=2.0, gt=0, title="Redis silent for longer counts as unreachable")
    subscriptions: int = Field(default=200, ge=1, title="feeds that one socket may follow")
    dashboard: Path = Field(default=DASHBOARD, title="folder of the built page")
