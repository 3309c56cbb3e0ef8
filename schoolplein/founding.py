"""Founding a school from the command line: what is typed is checked as the API checks it."""

from collections.abc import Mapping
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from models import Locale
from models.database import Database
from resolvers.errors import Refused
from resolvers.founding import Newborn, found_school
from schema.inputs import Name, NewAddress, Phone, RealName
from schoolplein.service import utc_now


class NotFounded(Exception):
    """The school can't be founded so. `problems` holds one line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is no time zone, such as Europe/Amsterdam")
    return name


class Typed(BaseModel):
    """The words of the command line, by the names of its options."""

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$")]
    name: Name
    contact: NewAddress
    administrator: RealName
    email: NewAddress
    phone: Phone
    time_zone: Annotated[str, AfterValidator(_zone)]
    language: Locale


def checked(typed: Mapping[str, object]) -> Newborn:
    """What is to be founded, as it is kept. Raises NotFounded."""
    try:
        kept = Typed.model_validate(typed)
    except ValidationError as error:
        problems = [
            f"{problem['loc'][0]}: {problem['msg'].removeprefix('Value error, ')}" for problem in error.errors()
        ]
        raise NotFounded(problems) from error
    return Newborn(
        slug=kept.slug,
        name=kept.name,
        contact_email=kept.contact,
        phone=kept.phone or None,
        time_zone=kept.time_zone,
        admin_name=kept.administrator,
        admin_email=kept.email,
        locale=kept.language,
    )


async def found(url: str, wanted: Newborn) -> None:
    """Found it. Raises NotFounded, and what connecting raises."""
    database = await Database.connect(url, size=1)
    try:
        await found_school(database, utc_now(), wanted)
    except Refused as refusal:
        raise NotFounded([f"slug: there is a school called {wanted.slug} already"]) from refusal
    finally:
        await database.close()
