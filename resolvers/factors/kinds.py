"""Which second factors somebody has, for the service and for themselves."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Table, Uuid, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import table_of
from resolvers import policy
from resolvers.policy import Me
from resolvers.views import Many, View


class FactorKind(StrEnum):
    """With what somebody can show a second factor."""

    AUTHENTICATOR_APP = "AUTHENTICATOR_APP"
    PASSKEY = "PASSKEY"
    RECOVERY_CODE = "RECOVERY_CODE"


_TOTP, _PASSKEY, _CODE = (table_of(model) for model in (models.Totp, models.Passkey, models.RecoveryCode))


def _has(table: Table, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    of_person = table.c.person_id == bindparam("person_id", type_=Uuid())
    return select(table.c.person_id).where(of_person, *where).exists()


_KINDS = select(_has(_TOTP, _TOTP.c.confirmed_at.is_not(None)), _has(_PASSKEY), _has(_CODE, _CODE.c.used_at.is_(None)))


async def required(session: AsyncSession, person_id: UUID) -> tuple[FactorKind, ...]:
    """Of what somebody must show one besides a password. Empty for who has no second factor."""
    row = (await session.execute(_KINDS, {"person_id": person_id})).one()
    app, passkey, _ = row
    return tuple(kind for kind, has in zip(FactorKind, row, strict=True) if has) if app or passkey else ()


def _has_app(_me: Me, person: FromClause) -> ColumnElement[bool]:
    totp = _TOTP.alias()
    return policy.scan(totp).where(totp.c.person_id == person.c.id, totp.c.confirmed_at.is_not(None)).exists()


def _codes_left(_me: Me, person: FromClause) -> ColumnElement[Any]:
    code = _CODE.alias()
    count = policy.scan(code, columns=[func.count()])
    return count.where(code.c.person_id == person.c.id, code.c.used_at.is_(None)).scalar_subquery()


SECOND_FACTORS = View(
    name="SecondFactors",
    table=table_of(models.Person),
    visible=policy.is_me,
    computed={"authenticator_app": _has_app, "recovery_codes_left": _codes_left},
    relations={
        "passkeys": Many(
            to="Passkey",
            where=lambda _me, person, passkey, _given: passkey.c.person_id == person.c.id,
            order=lambda _me, passkey: (passkey.c.created_at, passkey.c.id),
        ),
    },
)

PASSKEY = View(name="Passkey", node="passkey", table=_PASSKEY, visible=policy.is_mine)
