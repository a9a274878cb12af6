"""Settings of the gateway, from the environment (prefix ``TICKERBOARD_``, but for the common ``REDIS_URL``)."""

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr
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
    scans: int = Field(default=50, ge=1, title="distinct scans that one socket may follow")
    messages_per_second: float = Field(
        default=50,
        gt=0,
        title="messages that one socket may send a second, ten seconds' worth at once; large ones count as several",
    )
    requests_per_second: float = Field(
        default=20, gt=0, title="REST requests that one key, or one address elsewhere, may send a second, as above"
    )
    sockets_per_key: int = Field(default=200, ge=1, title="sockets that one key may have open")
    sockets_per_address: int = Field(default=500, ge=1, title="sockets that one address elsewhere may have open")
    saved_scans: int = Field(default=1000, ge=1, title="scans that one key may save")
    saved_layouts: int = Field(default=100, ge=1, title="layouts that one key may save")
    access: Literal["loopback", "keys", "open"] = Field(
        default="loopback", title="who needs a key: all but clients on this machine, everybody, or nobody"
    )
    auth_seconds: float = Field(default=5.0, gt=0, title="a client that has to show a key and does not is ended")
    origins: str = Field(
        default="",
        title="other origins whose pages may connect, such as https://desk.example, separated by commas; "
        "where access is open, a gateway may be asked for by the names of their hosts too",
    )
    store_url: SecretStr = Field(
        default=SecretStr(""), title="URL of the database of keys, scans and layouts; by default a file of this user's"
    )
    store_seconds: float = Field(
        default=3.0, ge=0.1, title="time between two looks at the store for what others have changed in it"
    )
    dashboard: Path = Field(default=DASHBOARD, title="folder of the built page")
