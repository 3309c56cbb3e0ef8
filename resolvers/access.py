"""Access: showing who one is. The platform is closed; a session is the only key to it (R1)."""

from sqlalchemy import func, not_, select

import models
from models import ClientKind, table_of
from resolvers import factors, policy
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.factors import ChallengeGiven
from resolvers.passwords import verify_password
from resolvers.sessions import Opened


async def sign_in(
    context: Context, *, email: str, password: str, client: ClientKind, device: str
) -> Opened | ChallengeGiven:
    """Open a session with e-mail address and password, or ask for the second factor.

    An unknown address, a wrong password and a blocked account get the same answer after the same work.
    Refuses: INVALID_CREDENTIALS.
    """
    person = table_of(models.Person)
    known = select(person.c.id, person.c.password_hash).where(
        func.lower(person.c.email) == email.lower(), not_(policy.is_blocked(person))
    )
    async with context.database.begin() as session:
        row = (await session.execute(known)).one_or_none()
    person_id, stored = (None, None) if row is None else row
    if not await verify_password(password, stored) or person_id is None:
        raise Refused(Code.INVALID_CREDENTIALS)
    async with context.database.begin() as session:
        return await factors.finish_sign_in(context, session, person_id, client=client, device=device)
