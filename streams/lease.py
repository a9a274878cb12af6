"""How long ago the broker last said that this worker is a member of its group.

aiokafka keeps that in a local variable; importing this module lets each group coordinator remember it.
"""

from aiokafka.consumer.group_coordinator import GroupCoordinator

from schemas.clock import monotonic


def seconds_since_confirmed(coordinator: GroupCoordinator) -> float:
    """Return the seconds since the coordinator last answered; infinity before it ever did."""
    return monotonic() - float(getattr(coordinator, "last_answer", float("-inf")))


def _watch_coordinators() -> None:
    """Remember each answer to a join and to a heartbeat, by the time at which it was asked for."""
    join, beat = GroupCoordinator._on_join_complete, GroupCoordinator._do_heartbeat  # noqa: SLF001 - no public hook

    async def joined(self: GroupCoordinator, *answer: object) -> None:
        self.last_answer = monotonic()
        await join(self, *answer)

    async def watched(self: GroupCoordinator) -> bool:
        asked = monotonic()
        succeeded: bool = await beat(self)
        if succeeded:
            self.last_answer = asked
        return succeeded

    GroupCoordinator._on_join_complete, GroupCoordinator._do_heartbeat = joined, watched  # noqa: SLF001 - as above


_watch_coordinators()
