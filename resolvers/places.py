"""Where pupils are now, and when there is school there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Executable, Uuid, and_, any_, bindparam, func, select

import models
from models import table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.policy import ME
from resolvers.school_days import SchoolDays
from resolvers.writing import Change


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pupil is now, and when there is school there."""

    pupil_id: UUID
    school_id: UUID
    group_id: UUID
    days: SchoolDays


@cache
def _whereabouts() -> Executable:
    """Pupils whom the viewer sees, with their group now and its calendar. Made once; it is on every report's way.

    The pupils are locked, in one order: of two reports at the same second one waits for the other. Without that both
    would wait inside the exclusion constraint, each for the other, until PostgreSQL ends one as a deadlock.
    """
    pupil, enrolment = table_of(models.Pupil), table_of(models.Enrolment)
    school, lesson, holiday = table_of(models.School), table_of(models.SchoolTime), table_of(models.Holiday)
    times = policy.scan(lesson, columns=[func.row(lesson.c.weekday, lesson.c.starts, lesson.c.ends)])
    holidays = policy.scan(holiday, columns=[func.row(holiday.c.first_day, holiday.c.last_day)])
    here = and_(enrolment.c.pupil_id == pupil.c.id, policy.live(ME, enrolment))
    return (
        select(
            pupil.c.id,
            pupil.c.school_id,
            enrolment.c.group_id,
            school.c.time_zone,
            school.c.report_cutoff,
            func.array(times.where(lesson.c.group_id == enrolment.c.group_id).scalar_subquery()),
            func.array(holidays.where(holiday.c.school_id == school.c.id).scalar_subquery()),
        )
        .select_from(pupil.join(school, school.c.id == pupil.c.school_id).outerjoin(enrolment, here))
        .where(pupil.c.id == any_(bindparam("pupil_ids", type_=ARRAY(Uuid()))), policy.sees_pupil(ME, pupil))
        .order_by(pupil.c.id)
        .with_for_update(of=pupil, key_share=True)
    )


async def find_places(change: Change, pupil_ids: Sequence[UUID], *path: str) -> list[Place]:
    """Where the pupils are, each fetched through the policy. Refuses: NOT_FOUND, NO_SCHOOL_TIME (not enrolled now)."""
    asked = change.parameters(pupil_ids=list(pupil_ids))
    rows: Sequence[Any] = (await change.session.execute(_whereabouts(), asked)).all()
    if len(rows) < len(pupil_ids):
        raise Refused(Code.NOT_FOUND, *path)
    if any(row.group_id is None for row in rows):
        raise Refused(Code.NO_SCHOOL_TIME, *path)
    return [_place(*row) for row in rows]


def _place(*row: Any) -> Place:
    pupil_id, school_id, group_id, zone, cutoff, times, holidays = row
    return Place(pupil_id, school_id, group_id, SchoolDays(ZoneInfo(zone), cutoff, times, holidays))
