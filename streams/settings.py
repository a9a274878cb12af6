"""Settings of the components before Redis, from the environment (prefix ``TICKERBOARD_``, but for the common names)."""

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

REDIS_URL: Final = r"^((rediss?|unix)://.*)?$"


class Settings(BaseSettings):
    """One field, one environment variable: ``partitions`` is ``TICKERBOARD_PARTITIONS``."""

    model_config = SettingsConfigDict(env_prefix="TICKERBOARD_", populate_by_name=True)

    kafka_bootstrap: str = Field(default="", validation_alias="KAFKA_BOOTSTRAP", title="host:port of a Kafka broker")
    redis_url: str = Field(
        default="", validation_alias="REDIS_URL", title="URL of a Redis or Valkey server", pattern=REDIS_URL
    )
    schema_registry_url: str = Field(default="", validation_alias="SCHEMA_REGISTRY_URL", title="URL of a registry")
    massive_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="MASSIVE_API_KEY", title="vendor key")

    partitions: int = Field(default=8, ge=1, le=256, title="partitions of the topics keyed by ticker")
    replication: int = Field(default=1, ge=1, le=7, title="copies of each topic")
    application: str = Field(default="tickerboard", title="consumer group and prefix of the changelog topic")
    worker: str = Field(default="", title="name for static membership; empty for dynamic")
    interval_ms: int = Field(default=1000, ge=1000, title="the one length of bar that this run folds")
    flush_seconds: float = Field(default=2.0, gt=0, title="time between two flushes of changed rows")
    publish_seconds: float = Field(default=0.1, gt=0, title="shortest time between two writes of boards to Redis")
    session_timeout_seconds: float = Field(default=10.0, gt=0, title="a worker silent for longer loses its partitions")
    alert_cooldown_seconds: float = Field(
        default=60.0, ge=0, title="event time between two alerts of a kind and ticker"
    )
    alert_minimum_increment: float = Field(default=0.0, ge=0, title="dollars between two alerts of new highs or lows")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    cache: Path = Field(default=Path(".cache"), title="folder for what is downloaded or compiled once")


def complaint(error: ValidationError) -> str:
    """Return in one line which environment variables cannot be used, and why."""
    prefix = Settings.model_config["env_prefix"]
    complaints = []
    for detail in error.errors():
        name = str(detail["loc"][0])
        complaints.append(f"{name if name.isupper() else prefix + name.upper()}={detail['input']!r}: {detail['msg']}")
    return "; ".join(complaints)
