"""``api.meter``: how many messages are answered, refused, and too much."""

from api.meter import Meter, Meters, Verdict


def verdicts(meter: Meter, times: list[float]) -> list[Verdict]:
    """Return what is done about messages that come at these times."""
    return [meter.count(time) for time in times]


def test_ten_seconds_worth_may_come_at_once() -> None:
    """Then as many a second as may."""
    meter = Meter(5, 0.0)

    assert verdicts(meter, [0.0] * 51) == [Verdict.ANSWER] * 50 + [Verdict.REFUSE]
    assert verdicts(meter, [1.0] * 6) == [Verdict.ANSWER] * 5 + [Verdict.REFUSE]
    assert verdicts(meter, [100.0] * 51).count(Verdict.ANSWER) == 50


def test_a_client_a_little_too_fast_is_never_ended() -> None:
    """Twice what it may, for an hour: half of it is answered."""
    meter = Meter(5, 0.0)
    found = verdicts(meter, [number / 10 for number in range(36_000)])

    assert Verdict.END not in found
    assert 17_900 < found.count(Verdict.ANSWER) < 18_100


def test_a_flood_is_ended() -> None:
    """Ten times all that may come at once."""
    meter = Meter(5, 0.0)
    found = verdicts(meter, [0.0] * 501)

    assert (found.count(Verdict.ANSWER), found.index(Verdict.END)) == (50, 500)


def test_a_rate_below_one_still_lets_one_through() -> None:
    """So that a client can say anything at all."""
    meter = Meter(0.01, 0.0)

    assert verdicts(meter, [0.0, 0.0, 100.0]) == [Verdict.ANSWER, Verdict.REFUSE, Verdict.ANSWER]


def test_a_dear_message_leaves_a_debt() -> None:
    """Which is paid off before the next is answered, never so large that this takes much longer than ten seconds."""
    meter = Meter(5, 0.0)
    assert verdicts(meter, [0.0]) == [Verdict.ANSWER]
    meter.charge(54)
    assert verdicts(meter, [0.0, 1.0, 1.3]) == [Verdict.REFUSE, Verdict.REFUSE, Verdict.ANSWER]
    meter.charge(1_000_000)
    assert verdicts(meter, [11.4, 11.6]) == [Verdict.REFUSE, Verdict.ANSWER]


def test_each_name_is_counted_alone() -> None:
    """As many names as are remembered; one that was forgotten begins anew."""
    meters = Meters(0.1, most=2)

    assert [meters.take(name, 0.0) for name in ("a", "a", "b", "b", "a")] == [True, False, True, False, False]
    assert [meters.take(name, 0.0) for name in ("c", "a", "b")] == [True, False, True]
