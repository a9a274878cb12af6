"""The vendor's side of the conversation: what each request is answered with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.feed.massive_server_protocol import EVERY, POLICY_VIOLATION, TOO_MANY, Phase, Refuse, Reply, Seats, Session


def session(refuse: Refuse = Refuse.NEWEST) -> Session:
    """Return a new connection to a server that knows one key."""
    return Session(Seats(frozenset({"good"}), refuse))


def authenticated() -> Session:
    """Return a connection that may subscribe."""
    one = session()
    one.receive('{"action":"auth","params":"good"}')
    return one


def statuses(reply: Reply) -> list[tuple[str, str]]:
    """All statuses of a reply, whatever the frame."""
    return [status for frame in reply.frames for status in frame]


def test_a_client_is_greeted() -> None:
    """The first frame says ``connected``."""
    assert session().greet() == Reply(((("connected", "Connected Successfully"),),))


def test_a_good_key_is_let_in() -> None:
    """``auth_success`` and nothing else."""
    one = session()

    assert one.receive('{"action":"auth","params":"good"}') == Reply(((("auth_success", "authenticated"),),))
    assert one.phase is Phase.AUTHENTICATED


def test_a_wrong_key_is_told_and_closed() -> None:
    """``auth_failed``, then the connection ends; nothing is wanted by it."""
    one = session()

    assert one.receive('{"action":"auth","params":"bad"}') == Reply(
        ((("auth_failed", "authentication failed"),),), close=POLICY_VIOLATION
    )
    assert one.wants("A") == frozenset()


def test_every_channel_is_answered_with_its_own_status() -> None:
    """A list with commas gives one success each, in its order, the same channel once."""
    one = authenticated()
    reply = one.receive('{"action":"subscribe","params":"A.*, T.BRK.B,LULD.ABRpD,A.*"}')

    assert statuses(reply) == [
        ("success", "subscribed to: A.*"),
        ("success", "subscribed to: T.BRK.B"),
        ("success", "subscribed to: LULD.ABRpD"),
    ]
    assert one.wants("A") == {EVERY}
    assert one.wants("T") == {"BRK.B"}
    assert one.wants("LULD") == {"ABRpD"}
    assert one.wants("AM") == frozenset()


@pytest.mark.parametrize("name", ["XA.BTC", "A", "A.", "nonsense", ".AAPL"])
def test_an_unknown_channel_is_an_error_and_the_rest_is_served(name: str) -> None:
    """The status names it; channels beside it are subscribed."""
    one = authenticated()
    reply = one.receive(f'{{"action":"subscribe","params":"{name},AM.*"}}')

    assert statuses(reply) == [("error", f"unknown channel: {name}"), ("success", "subscribed to: AM.*")]
    assert one.wants("AM") == {EVERY}


def test_a_channel_can_be_left() -> None:
    """Tickers go one by one, and all at once with ``*``."""
    one = authenticated()
    one.receive('{"action":"subscribe","params":"A.AAPL,A.MSFT,T.*"}')

    reply = one.receive('{"action":"unsubscribe","params":"A.AAPL,T.*"}')

    assert statuses(reply) == [("success", "unsubscribed to: A.AAPL"), ("success", "unsubscribed to: T.*")]
    assert one.wants("A") == {"MSFT"}
    assert one.wants("T") == frozenset()
    one.receive('{"action":"unsubscribe","params":"A.*"}')
    assert one.wants("A") == frozenset()


def test_strangers_get_nothing() -> None:
    """Before authenticating, a subscription is refused and nothing is wanted."""
    one = session()

    assert statuses(one.receive('{"action":"subscribe","params":"A.*"}')) == [("error", "not authenticated")]
    assert one.wants("A") == frozenset()


def test_a_second_connection_is_told_and_closed() -> None:
    """By default the newcomer goes: it authenticates, hears ``max_connections`` and is closed with 1008."""
    first = authenticated()
    second = Session(first.seats)

    reply = second.receive('{"action":"auth","params":"good"}')

    assert statuses(reply) == [("auth_success", "authenticated"), TOO_MANY]
    assert reply.close == POLICY_VIOLATION
    assert reply.evict is None
    assert first.phase is Phase.AUTHENTICATED


def test_the_first_connection_can_be_the_one_to_go() -> None:
    """With ``oldest`` the newcomer takes the seat and names whom it drives out."""
    first = session(Refuse.OLDEST)
    first.receive('{"action":"auth","params":"good"}')
    second = Session(first.seats)

    reply = second.receive('{"action":"auth","params":"good"}')

    assert reply.evict is first
    assert reply.close is None
    assert first.phase is Phase.CLOSED
    assert first.seats.taken == {"good": second}


def test_a_seat_is_free_again_once_left() -> None:
    """After a connection is gone the next one is let in."""
    first = authenticated()
    first.leave()
    first.leave()

    assert Session(first.seats).receive('{"action":"auth","params":"good"}').close is None


def test_authenticating_twice_changes_nothing() -> None:
    """The same connection is not its own second."""
    one = authenticated()

    assert statuses(one.receive('{"action":"auth","params":"good"}')) == [("auth_success", "authenticated")]
    assert one.phase is Phase.AUTHENTICATED


@pytest.mark.property
@given(st.one_of(st.text(), st.binary(), st.from_regex(r'\{"action":"\w*","params":"[^"\\]*"\}')))
def test_nothing_a_client_sends_raises(text: str | bytes) -> None:
    """Whatever comes is answered with at least one status."""
    for one in (session(), authenticated()):
        assert statuses(one.receive(text))
