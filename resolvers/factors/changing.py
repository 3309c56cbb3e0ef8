"""What every change of somebody's second factors has in common: freshly shown, told by mail, other sessions ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import Locale, Mail, MailKind, table_of
from resolvers import letters, policy
from resolvers.errors import Code, Refused
from resolvers.factors import codes
from resolvers.factors.kinds import FactorKind, required
from resolvers.letters import Letter, letter
from resolvers.sessions import end_sessions, schools_of
from resolvers.writing import Change

_SESSION = table_of(models.Session)
_TELL = text(
    "with mine as (select distinct school_id from membership where person_id = :person order by 1)"
    " select school_id, tell_rights(school_id, array[cast(:person as uuid)]) from mine"
)
"""Triggers tell of rights that end with a session; here some begin."""

_WHAT = {
    "add_authenticator_app": ("een app met codes is toegevoegd", "an authenticator app was added"),
    "remove_authenticator_app": ("de app met codes is weggehaald", "the authenticator app was removed"),
    "add_passkey": ("een passkey is toegevoegd", "a passkey was added"),
    "remove_passkey": ("een passkey is weggehaald", "a passkey was removed"),
    "renew_recovery_codes": ("er zijn nieuwe herstelcodes gemaakt", "new recovery codes were made"),
}


async def begin(change: Change) -> tuple[models.Person, tuple[FactorKind, ...]]:
    """Lock the viewer's own account: its factors change one at a time. Who has factors must have shown one.

    Refuses: REAUTHENTICATION_REQUIRED.
    """
    person = await change.find(models.Person, change.viewer.person_id, policy.is_me)
    change.check_fresh()
    kinds = await required(change.session, person.id)
    if kinds and not change.viewer.second_factor:
        raise Refused(Code.REAUTHENTICATION_REQUIRED)
    return person, kinds


async def added(
    change: Change, person: models.Person, before: tuple[FactorKind, ...], action: str, object_id: UUID
) -> list[str] | None:
    """A factor was added, and with that shown. With the first one come recovery codes."""
    made = None if before else await codes.new_recovery_codes(change.session, person.id)
    await show(change, second_factor=True)
    await tell(change, person, action, object_id)
    return made


async def removed(change: Change, person: models.Person, action: str, object_id: UUID) -> None:
    """A factor was removed; without any, none counts as shown in this session either. Refuses: LAST_SECOND_FACTOR."""
    if not await required(change.session, person.id):
        if change.context.door.staff_need_second_factor and change.viewer.works_at_a_school:
            raise Refused(Code.LAST_SECOND_FACTOR)
        await codes.forget_recovery_codes(change.session, person.id)
        in_use = update(_SESSION).where(_SESSION.c.id == change.viewer.session_id)
        await change.session.execute(in_use.values(second_factor=False))
    await tell(change, person, action, object_id)


async def show(change: Change, *, second_factor: bool) -> None:
    """Remember in the session that the viewer has just shown who they are. With a second factor, staff are staff."""
    in_use = update(_SESSION).where(_SESSION.c.id == change.viewer.session_id)
    shown = in_use.values(authenticated_at=change.context.now)
    await change.session.execute(shown.values(second_factor=True) if second_factor else shown)
    if second_factor and not change.viewer.second_factor:
        told = await change.session.scalars(_TELL, {"person": change.viewer.person_id})
        change.tell_rights(*told)


async def tell(change: Change, person: models.Person, action: str, object_id: UUID) -> None:
    """Write down what was done, mail it to who has the account, and end all their sessions but this one."""
    now = change.context.now
    entry = models.AuditEntry(at=now, actor_id=person.id, action=action, object_id=object_id)
    change.session.add(entry)
    letters.post(change.session, now, MailKind.FACTOR_CHANGED, entry.id, to=person.email, locale=person.locale)
    await end_sessions(change.session, now, person.id, but=change.viewer.session_id)
    change.tell_rights(*await schools_of(change.session, person.id))


@letter(MailKind.FACTOR_CHANGED)
async def factor_changed(session: AsyncSession, mail: Mail, _now: datetime) -> Letter | None:
    """That something has changed in how somebody signs in: in case it was not they. `subject_id` is the audit entry."""
    entry, person = table_of(models.AuditEntry), table_of(models.Person)
    found = select(entry.c.action, person.c.name).where(entry.c.id == mail.subject_id, person.c.id == entry.c.actor_id)
    action, name = (await session.execute(found)).one()
    dutch, english = _WHAT[action]
    return Letter({"name": name, "what": dutch if mail.locale is Locale.NL else english})
