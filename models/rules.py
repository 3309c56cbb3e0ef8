"""House rules: a text with a version, which everybody at the school accepts before they write (R11)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field

from models.base import Row, instant


class HouseRules(Row, table=True):
    """One version. The newest counts; the earlier ones stay, since people have accepted them."""

    __tablename__ = "house_rules"  # pyright: ignore[reportAssignmentType]

    school_id: UUID = Field(primary_key=True, foreign_key="school.id")
    version: int = Field(primary_key=True)
    text: str = Field(max_length=20_000)
    published_at: datetime = instant()
    published_by: UUID | None = Field(default=None, foreign_key="person.id")


class HouseRulesAcceptance(Row, table=True):
    """That somebody has accepted a version."""

    __tablename__ = "house_rules_acceptance"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (ForeignKeyConstraint(["school_id", "version"], ["house_rules.school_id", "house_rules.version"]),)

    school_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True, foreign_key="person.id", index=True)
    accepted_at: datetime = instant()
