"""The password that everybody of a world has, where a probe needs one."""

from models.database import Database
from resolvers.passwords import hash_password
from tests.personas import World

PASSWORD = "welkom-op-het-plein"


async def have_passwords(database: Database, world: World) -> None:
    """Everybody has this password: in one statement, for there are many of them."""
    hashed = await hash_password(PASSWORD)
    people = [somebody.id for somebody in world.people.values()]
    await database.fetch("update person set password_hash = $1 where id = any($2)", [hashed, people])
