"""What people have written before a test begins: posts, comments and absence reports."""

from datetime import date, datetime, time, timedelta
from typing import Any

import models
from models import AbsenceReason
from tests.clients import AMSTERDAM
from tests.facts import TOMORROW, YESTERDAY, Facts


def post(
    facts: Facts,
    author: models.Person,
    audience: models.Group | models.School,
    *,
    title: str = "Gymles",
    body: str = "Denk morgen aan de gymspullen.",
    published_at: datetime = YESTERDAY,
    comments_open: bool | None = None,
    **more: Any,
) -> models.Post:
    """A post to a group, or to a whole school; open for comments where that is possible."""
    group = audience if isinstance(audience, models.Group) else None
    return facts.add(
        models.Post(
            school_id=audience.id if group is None else group.school_id,
            group_id=None if group is None else group.id,
            author_id=author.id,
            author_name=author.name,
            title=title,
            body=body,
            comments_open=group is not None if comments_open is None else comments_open,
            published_at=published_at,
            **more,
        )
    )


def comment(
    facts: Facts,
    under: models.Post,
    author: models.Person,
    *,
    body: str = "Komt goed!",
    created_at: datetime = YESTERDAY,
    **more: Any,
) -> models.Comment:
    assert under.group_id is not None, "nobody comments on a school-wide post"
    return facts.add(
        models.Comment(
            school_id=under.school_id,
            group_id=under.group_id,
            post_id=under.id,
            author_id=author.id,
            author_name=author.name,
            body=body,
            created_at=created_at,
            **more,
        )
    )


def absence(
    facts: Facts,
    pupil: models.Pupil,
    reporter: models.Person,
    *,
    day: date = TOMORROW,
    days: int = 1,
    reason: AbsenceReason = AbsenceReason.ILLNESS,
    note: str | None = "Koorts",
    reported_at: datetime = YESTERDAY,
    **more: Any,
) -> models.AbsenceReport:
    """A report about whole days; by default made yesterday, for tomorrow."""
    begin = datetime.combine(day, time(), AMSTERDAM)
    return facts.add(
        models.AbsenceReport(
            school_id=pupil.school_id,
            pupil_id=pupil.id,
            reason=reason,
            note=note,
            starts_at=begin,
            ends_at=datetime.combine(day + timedelta(days=days), time(), AMSTERDAM),
            reported_by=reporter.id,
            reported_at=reported_at,
            **more,
        )
    )
