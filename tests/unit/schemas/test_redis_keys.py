"""Keys in Redis: what stands under one never mixes with another's."""

import itertools

from schemas import redis_keys
from schemas.boards import BOARD_NAMES


def test_board() -> None:
    """A board's key names its trading date, session and board: a new day or session begins a new key."""
    assert redis_keys.board("2025-01-06", "pre_market", "gappers") == "board:2025-01-06:pre_market:gappers"


def test_universe() -> None:
    """The current rows stand under their trading date."""
    assert redis_keys.universe("2025-01-06") == "universe:2025-01-06"


def test_all_keys_differ() -> None:
    """No two dates, sessions or boards share a key, nor do boards and the rest."""
    dates = ("2025-01-06", "2025-01-07")
    sessions = ("pre_market", "regular", "post_market", "closed")
    keys = [redis_keys.board(*place) for place in itertools.product(dates, sessions, BOARD_NAMES)]
    keys += [key(date) for key in (redis_keys.universe, redis_keys.alerts) for date in dates]
    keys += [redis_keys.heads(), redis_keys.changes(), redis_keys.alert_log(), redis_keys.alert_log_epoch()]

    assert len(set(keys)) == len(keys) == 2 * 4 * len(BOARD_NAMES) + 2 * 2 + 4


def test_time_to_live() -> None:
    """A day's boards stay for two days after their last write."""
    assert redis_keys.TIME_TO_LIVE_SECONDS == 172_800
