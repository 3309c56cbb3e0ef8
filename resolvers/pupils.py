"""Pupils in the register of a school: who is there now, who is coming and who has left, and how they are found."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    and_,
    case,
    cast,
    func,
    null,
    or_,
)

import models
from models import table_of
from resolvers import policy
from resolvers.policy import Me
from resolvers.views import Arguments


class PupilStatus(StrEnum):
    """Whether a child is at the school."""

    ENROLLED = "ENROLLED"
    COMING = "COMING"
    LEFT = "LEFT"


def status_of(me: Me, pupil: FromClause) -> ColumnElement[str]:
    """By the child's places in groups: one now, else one to come; without either it has left."""
    now, coming = table_of(models.Enrolment).alias(), table_of(models.Enrolment).alias()
    is_here = policy.scan(now).where(now.c.pupil_id == pupil.c.id, policy.live(me, now))
    is_coming = policy.scan(coming).where(coming.c.pupil_id == pupil.c.id, coming.c.valid_from > me.now)
    return case(
        (is_here.exists(), PupilStatus.ENROLLED.value),
        (is_coming.exists(), PupilStatus.COMING.value),
        else_=PupilStatus.LEFT.value,
    )


def enrolled_from(me: Me, pupil: FromClause) -> ColumnElement[date]:
    """The first day, at the school, of the place that the pupil has or gets; null once the pupil has left."""
    enrolment, school = table_of(models.Enrolment).alias(), table_of(models.School).alias()
    begin = cast(func.timezone(school.c.time_zone, func.min(enrolment.c.valid_from)), Date)
    lasting = or_(enrolment.c.ended_at.is_(None), enrolment.c.ended_at > me.now)
    of_pupil = policy.scan(enrolment, school, columns=[begin]).where(
        enrolment.c.pupil_id == pupil.c.id, lasting, school.c.id == enrolment.c.school_id
    )
    return of_pupil.group_by(school.c.id).scalar_subquery()


def goes_to(me: Me, pupil: FromClause, group: FromClause, _given: Arguments) -> ColumnElement[bool]:
    """Of a group: that the pupil's next place is there. Plans are the administration's own."""
    enrolment = table_of(models.Enrolment).alias()
    coming = policy.scan(enrolment, columns=[enrolment.c.group_id]).where(
        enrolment.c.pupil_id == pupil.c.id, enrolment.c.valid_from > me.now
    )
    soonest = coming.order_by(enrolment.c.valid_from).limit(1)
    return and_(policy.sees_register(me, pupil), group.c.id == soonest.scalar_subquery())


def named_in_labels(me: Me, pupil: FromClause) -> ColumnElement[bool | None]:
    """For the administration, who decides it: that it is off would say that there is something to hide."""
    return case((policy.sees_register(me, pupil), pupil.c.named_in_labels), else_=null())


def entered_at(_me: Me, pupil: FromClause) -> ColumnElement[datetime]:
    """When a pupil was entered, as the key says it (`models.base.new_id`): it never changes, so pages are stable."""
    return func.uuid_extract_timestamp(pupil.c.id, type_=DateTime(timezone=True))


def asked_pupils(me: Me, school: FromClause, pupil: FromClause, given: Arguments) -> ColumnElement[bool]:
    """Pupils with a status, and with a part of the name that is searched for."""
    asked: list[ColumnElement[Any]] = [pupil.c.school_id == school.c.id]
    if "status" in given:
        asked.append(status_of(me, pupil) == given["status"])
    if "search" in given:
        name = func.plain_name(func.concat(pupil.c.given_name, " ", pupil.c.family_name))
        asked.append(func.strpos(name, func.nullif(func.plain_name(given["search"]), "")) > 0)
    return and_(*asked)
