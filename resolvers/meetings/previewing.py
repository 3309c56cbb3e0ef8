"""How windows would be cut, before anything is made."""

from collections.abc import Sequence
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, bindparam, select

import models
from models import table_of
from resolvers import policy
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.meetings.slots import Cut
from resolvers.meetings.windows import MOST_WINDOWS, WindowWish, cut_window
from resolvers.policy import ME
from resolvers.statements import Statement, compiled


@cache
def _zone() -> Statement:
    school = table_of(models.School).alias()
    this = school.c.id == bindparam("school_id", type_=Uuid())
    return compiled(select(school.c.time_zone).where(this, policy.sees_school(ME, school)))


async def preview_slots(
    context: Context, *, school_id: UUID, duration: int, buffer: int, windows: Sequence[WindowWish]
) -> list[Cut]:
    """Cut windows as a round of the school would, lengths in minutes. For who works there.

    Refuses: NOT_FOUND, FORBIDDEN, REQUIRED, TOO_MANY, INVALID_RANGE. Raises Unauthenticated.
    """
    viewer, statement = context.signed_in(), _zone()
    bound = policy.parameters(viewer, context.now) | {"school_id": school_id}
    rows = await context.database.fetch(statement.text, statement.values(bound))
    if not rows:
        raise Refused(Code.NOT_FOUND, "schoolId")
    if school_id not in viewer.staff_schools:
        raise Refused(Code.FORBIDDEN, "schoolId")
    if not windows:
        raise Refused(Code.REQUIRED, "hostWindows")
    if len(windows) > MOST_WINDOWS:
        raise Refused(Code.TOO_MANY, "hostWindows")
    zone = ZoneInfo(rows[0][0])
    return [
        cut_window(window, zone, duration=duration, buffer=buffer, path=("hostWindows", str(place)))
        for place, window in enumerate(windows)
    ]
