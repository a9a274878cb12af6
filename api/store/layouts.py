"""Layouts in the store; every function takes the connection it works on."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from api.store.tables import layouts


class Layout(NamedTuple):
    """How somebody has arranged their page."""

    name: str
    layout: str
    """JSON."""
    updated: int
    """Ms since the epoch."""


def layouts_of(connection: Connection, owner: str) -> list[Layout]:
    """Return all layouts of an owner, by name."""
    chosen = select(layouts.c.name, layouts.c.layout, layouts.c.updated).where(layouts.c.owner == owner)
    return [Layout(*row) for row in connection.execute(chosen.order_by(layouts.c.name))]


def find_layout(connection: Connection, owner: str, name: str) -> Layout | None:
    """Return one layout of an owner; ``None`` if there is none of that name."""
    return next((layout for layout in layouts_of(connection, owner) if layout.name == name), None)


def keep_layout(connection: Connection, owner: str, layout: Layout) -> None:
    """Keep a layout in the place of the one of its name."""
    mine = (layouts.c.owner == owner) & (layouts.c.name == layout.name)
    if not connection.execute(update(layouts).where(mine).values(layout._asdict())).rowcount:
        connection.execute(insert(layouts).values(owner=owner, **layout._asdict()))


def drop_layout(connection: Connection, owner: str, name: str) -> bool:
    """Keep a layout no longer; tell whether it was kept."""
    mine = (layouts.c.owner == owner) & (layouts.c.name == name)
    return connection.execute(delete(layouts).where(mine)).rowcount > 0


def count_layouts(connection: Connection, owner: str) -> int:
    """Return how many layouts an owner keeps."""
    counted = connection.execute(select(func.count()).select_from(layouts).where(layouts.c.owner == owner))
    return counted.scalar_one()
