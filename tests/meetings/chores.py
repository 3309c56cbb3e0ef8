"""What the worker does by itself, done now."""

from resolvers.chores import CHORES
from resolvers.context import Context
from schoolplein.app import Application


async def do(app: Application, chore: str) -> None:
    """Do a chore at the moment that the service's clock tells."""
    service = app.service()
    now = service.now()
    context = Context(
        database=service.database,
        doorbell=service.news.hub,
        door=service.door,
        viewer=None,
        now=now,
        stands_at=service.stands_at(now),
    )
    await CHORES[chore].do(context)
