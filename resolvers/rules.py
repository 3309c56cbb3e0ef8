"""House rules: what a school asks of everybody who writes there, version by version (R11)."""

from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, func
from sqlalchemy.dialects.postgresql import insert

import models
from models import table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.policy import Me
from resolvers.views import View
from resolvers.writing import Change, command


def _accepted_at(me: Me, rules: FromClause) -> ColumnElement[object]:
    """When the viewer accepted this version."""
    acceptance = table_of(models.HouseRulesAcceptance).alias()
    mine = policy.scan(acceptance, columns=[acceptance.c.accepted_at]).where(
        acceptance.c.school_id == rules.c.school_id,
        acceptance.c.version == rules.c.version,
        acceptance.c.person_id == me.person_id,
    )
    return mine.scalar_subquery()


HOUSE_RULES = View(
    name="HouseRules",
    table=table_of(models.HouseRules),
    visible=policy.sees_house_rules,
    computed={"accepted_at": _accepted_at},
)


async def _newest(change: Change, school_id: UUID) -> int:
    """The number of the version that counts; 0 for a school that has no rules."""
    rules = table_of(models.HouseRules)
    newest = policy.scan(rules, columns=[func.coalesce(func.max(rules.c.version), 0)])
    return (await change.session.execute(newest.where(rules.c.school_id == school_id))).scalar_one()


@command
async def accept_house_rules(change: Change, *, school_id: UUID, version: int) -> UUID:
    """Accept the house rules of one's school, in the version that counts now; the first time is kept.

    Refuses: NOT_FOUND, INVALID (another version than the newest).
    """
    school = await change.find(models.School, school_id, policy.sees_school, "schoolId", lock=False)
    if version == 0 or version != await _newest(change, school.id):
        raise Refused(Code.INVALID, "version")
    acceptance = table_of(models.HouseRulesAcceptance)
    accepted = insert(acceptance).values(
        school_id=school.id, version=version, person_id=change.viewer.person_id, accepted_at=change.context.now
    )
    first = await change.session.execute(accepted.on_conflict_do_nothing().returning(acceptance.c.version))
    if first.one_or_none() is not None:
        change.audit("accept_house_rules", school.id, school.id)
    return school.id


@command
async def publish_house_rules(change: Change, *, school_id: UUID, text: str) -> UUID:
    """Publish a new version of the house rules: everybody at the school is asked again before they write.

    Refuses: NOT_FOUND, FORBIDDEN (not the administration).
    """
    school = await change.find(models.School, school_id, policy.sees_school, "schoolId")
    if not policy.may_administer(change.viewer, school.id):
        raise Refused(Code.FORBIDDEN)
    rules = models.HouseRules(
        school_id=school.id,
        version=await _newest(change, school.id) + 1,
        text=text,
        published_at=change.context.now,
        published_by=change.viewer.person_id,
    )
    change.session.add(rules)
    change.audit("publish_house_rules", school.id, school.id)
    return school.id
