"""Who may see which rows: one rule per kind of row, as a condition. The reasons are rows of the access matrix."""

from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, FromClause, and_, any_, func, not_, or_, true

import models
from models import AccessRequestStatus, InformationRight, Role, table_of
from resolvers.policy.me import Me, live, scan


def _taught(me: Me, pupil_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    enrolment = table_of(models.Enrolment).alias()
    taught = enrolment.c.group_id == any_(me.taught_groups)
    return scan(enrolment).where(enrolment.c.pupil_id == pupil_id, taught, live(me, enrolment)).exists()


def shown_with_parent(_me: Me, _row: FromClause) -> ColumnElement[bool]:
    """For a relation to what belongs to the row that it is read from: a post never goes without its author (R22)."""
    return true()


def sees_school(me: Me, school: FromClause) -> ColumnElement[bool]:
    """Its verified guardians and its staff (SCH-02)."""
    return school.c.id == any_(me.schools)


def sees_group(me: Me, group: FromClause) -> ColumnElement[bool]:
    """Who teaches it, whose child is or was in it, and the administration (GRP-01)."""
    return or_(
        group.c.id == any_(me.taught_groups),
        group.c.id == any_(me.child_groups),
        group.c.id == any_(me.past_groups),
        group.c.school_id == any_(me.admin_schools),
    )


def sees_pupil(me: Me, pupil: FromClause) -> ColumnElement[bool]:
    """The pupil's own guardians, who teaches the pupil now, and the administration (PUP-01, PUP-02)."""
    return or_(pupil.c.id == any_(me.children), pupil.c.school_id == any_(me.admin_schools), _taught(me, pupil.c.id))


def sees_register(me: Me, pupil: FromClause) -> ColumnElement[bool]:
    """Pupils who are coming or have left, and what is planned for them: the administration alone (REQ-08)."""
    return pupil.c.school_id == any_(me.admin_schools)


def sees_absence(me: Me, report: FromClause) -> ColumnElement[bool]:
    """As the pupil, reason and note included (ABS-03 to ABS-08, R10)."""
    return or_(
        report.c.pupil_id == any_(me.children),
        report.c.school_id == any_(me.admin_schools),
        _taught(me, report.c.pupil_id),
    )


def sees_post(me: Me, post: FromClause) -> ColumnElement[bool]:
    """School-wide: the whole school. In a group: who teaches it, whose child is in it, or was when it was published.

    A withdrawn post is there for the administration alone (PST-01 to PST-05).
    """
    past = func.unnest(me.past_groups, me.past_until).table_valued("group_id", "until").render_derived()
    return or_(
        post.c.school_id == any_(me.admin_schools),
        and_(
            post.c.withdrawn_at.is_(None),
            or_(
                and_(post.c.group_id.is_(None), post.c.school_id == any_(me.schools)),
                post.c.group_id == any_(me.taught_groups),
                post.c.group_id == any_(me.child_groups),
                scan(past).where(past.c.group_id == post.c.group_id, post.c.published_at < past.c.until).exists(),
            ),
        ),
    )


def sees_comment(me: Me, comment: FromClause) -> ColumnElement[bool]:
    """As its post (COM-01)."""
    post = table_of(models.Post).alias()
    return scan(post).where(post.c.id == comment.c.post_id, sees_post(me, post)).exists()


def sees_hidden_text(me: Me, comment: FromClause) -> ColumnElement[bool]:
    """What was hidden stays readable for the administration (COM-08)."""
    return comment.c.school_id == any_(me.admin_schools)


def sees_readers(me: Me, post: FromClause) -> ColumnElement[bool]:
    """How many have read it: the side that wrote it (PST-13)."""
    return or_(
        post.c.group_id == any_(me.taught_groups),
        post.c.school_id == any_(me.admin_schools),
        and_(post.c.group_id.is_(None), post.c.school_id == any_(me.staff_schools)),
    )


def sees_membership(me: Me, membership: FromClause) -> ColumnElement[bool]:
    """One's own, while it lasts (SCH-03)."""
    return and_(
        membership.c.person_id == me.person_id,
        membership.c.school_id == any_(me.schools),
        membership.c.blocked_at.is_(None),
        live(me, membership),
    )


def sees_member(me: Me, member: FromClause) -> ColumnElement[bool]:
    """The administration, while the membership lasts: nobody else has an address book (PER-11, PER-13, MEM-07)."""
    return and_(member.c.school_id == any_(me.admin_schools), live(me, member))


def sees_house_rules(me: Me, rules: FromClause) -> ColumnElement[bool]:
    """As the school: its verified guardians and its staff (SCH-02)."""
    return rules.c.school_id == any_(me.schools)


def has_accepted_rules(me: Me, row: FromClause) -> ColumnElement[bool]:
    """Whether nothing of a school's house rules waits for the viewer; of a school, or what belongs to one (R11)."""
    rules, acceptance = table_of(models.HouseRules).alias(), table_of(models.HouseRulesAcceptance).alias()
    accepted = scan(acceptance).where(
        acceptance.c.school_id == rules.c.school_id,
        acceptance.c.version >= rules.c.version,
        acceptance.c.person_id == me.person_id,
    )
    school_id = row.c.get("school_id", row.c.id)
    return not_(scan(rules).where(rules.c.school_id == school_id, not_(accepted.exists())).exists())


def is_blocked(person: FromClause) -> ColumnElement[bool]:
    """Blocked at every school where the person is: then there is nothing to sign in to (ACC-01)."""
    blocked, open_ = table_of(models.Membership).alias(), table_of(models.Membership).alias()
    return and_(
        scan(blocked).where(blocked.c.person_id == person.c.id, blocked.c.blocked_at.is_not(None)).exists(),
        not_(scan(open_).where(open_.c.person_id == person.c.id, open_.c.blocked_at.is_(None)).exists()),
    )


def sees_session(me: Me, session: FromClause) -> ColumnElement[bool]:
    """One's own, while it lasts (ACC-03, ACC-05)."""
    return and_(
        session.c.person_id == me.person_id,
        session.c.revoked_at.is_(None),
        session.c.idle_until > me.now,
        session.c.expires_at > me.now,
    )


def is_me(me: Me, person: FromClause) -> ColumnElement[bool]:
    """One's own account (ACC-02)."""
    return person.c.id == me.person_id


def is_mine(me: Me, row: FromClause) -> ColumnElement[bool]:
    """What belongs to one's own account, such as a passkey (ACC-09)."""
    return row.c.person_id == me.person_id


def is_member(me: Me, person: FromClause, schools: BindParameter[list[UUID]], *roles: Role) -> ColumnElement[bool]:
    """Whether a person belongs to one of the schools now, in one of these capacities."""
    membership = table_of(models.Membership).alias()
    of_school = (
        membership.c.person_id == person.c.id,
        membership.c.school_id == any_(schools),
        membership.c.role.in_(roles),
        live(me, membership),
    )
    return scan(membership).where(*of_school).exists()


def _guardian_in(me: Me, person: FromClause, *groups: BindParameter[list[UUID]]) -> ColumnElement[bool]:
    guardianship = table_of(models.Guardianship).alias()
    enrolment = table_of(models.Enrolment).alias()
    in_group = (
        guardianship.c.person_id == person.c.id,
        guardianship.c.information_right == InformationRight.FULL.value,
        live(me, guardianship),
        enrolment.c.pupil_id == guardianship.c.pupil_id,
        or_(*(enrolment.c.group_id == any_(group) for group in groups)),
        live(me, enrolment),
    )
    return scan(guardianship, enrolment).where(*in_group).exists()


def sees_person(me: Me, person: FromClause) -> ColumnElement[bool]:
    """Oneself, staff of one's schools, guardians in one's group; the administration all members (PER-01, PER-02)."""
    return or_(
        is_me(me, person),
        is_member(me, person, me.schools, Role.STAFF, Role.ADMIN),
        _guardian_in(me, person, me.taught_groups, me.child_groups),
        is_member(me, person, me.admin_schools, *Role),
    )


def sees_contact(me: Me, person: FromClause) -> ColumnElement[bool]:
    """E-mail and phone: of guardians to who teaches the child, and to the group when shared; all to the administration.

    Staff keep their private address to themselves and the administration (PER-04 to PER-07, R19).
    """
    return or_(
        is_me(me, person),
        is_member(me, person, me.admin_schools, *Role),
        _guardian_in(me, person, me.taught_groups),
        and_(person.c.share_contact, _guardian_in(me, person, me.child_groups)),
    )


def shares_group(me: Me, enrolment: FromClause) -> ColumnElement[bool]:
    """Whether a pupil is in a group where the viewer meets the guardians: 'ouder van Noor' may be said (PER-03)."""
    return or_(
        enrolment.c.group_id == any_(me.taught_groups),
        enrolment.c.group_id == any_(me.child_groups),
        enrolment.c.school_id == any_(me.admin_schools),
    )


def administers(me: Me, school: FromClause) -> ColumnElement[bool]:
    """The administration of the school itself."""
    return school.c.id == any_(me.admin_schools)


def follows_posts(me: Me, group: FromClause) -> ColumnElement[bool]:
    """Who is in the group now: staff, guardians, the administration. Last year's group brings no news (SUB-01)."""
    return or_(follows_absences(me, group), group.c.id == any_(me.child_groups))


def follows_absences(me: Me, group: FromClause) -> ColumnElement[bool]:
    """The staff of the group and the administration follow its absences live (SUB-04)."""
    return or_(group.c.id == any_(me.taught_groups), group.c.school_id == any_(me.admin_schools))


def sees_invitation(me: Me, invitation: FromClause) -> ColumnElement[bool]:
    """The administration; nobody ever sees the secret of one (INV-03, INV-04)."""
    return invitation.c.school_id == any_(me.admin_schools)


def sees_request(me: Me, request: FromClause) -> ColumnElement[bool]:
    """The administration, once the requester has confirmed the address (REQ-03, R24)."""
    confirmed = request.c.status != AccessRequestStatus.UNCONFIRMED.value
    return and_(request.c.school_id == any_(me.admin_schools), confirmed)


def sees_requested_child(me: Me, child: FromClause) -> ColumnElement[bool]:
    """As its request."""
    request = table_of(models.AccessRequest).alias()
    return scan(request).where(request.c.id == child.c.request_id, sees_request(me, request)).exists()
