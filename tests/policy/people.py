"""Accounts and people: rows ACC and PER."""

from typing import Any

from tests.factories import id_of
from tests.personas import World
from tests.policy.passwords import PASSWORD, have_passwords
from tests.policy.probes import EMPTY, PERSON, Case, Change, always, listed, mutation, names, node, viewer


def _parent(world: World) -> Any:
    return world.people["classmates_guardian"]


def _sharing(world: World) -> Any:
    return world.people["sharing_guardian"]


def _colleague(world: World) -> Any:
    return world.people["colleague"]


def _name(person: Any) -> str:
    return person["name"]


def _contact(person: Any) -> tuple[str | None, str | None]:
    return person["email"], person["phone"]


def _me(case: Case) -> tuple[str, str]:
    return id_of(case.me), case.me.email


ACCOUNTS = (
    Change(
        row="ACC-01",
        document=mutation("signIn", "viewer { person { id } } token"),
        variables=lambda case: {"email": case.me.email, "password": PASSWORD, "client": "APP"},
        target=("email",),
        shows=lambda payload: (payload["viewer"]["person"]["id"], bool(payload["token"])),
        allowed=lambda case: (id_of(case.me), True),
        needs_session=False,
        prepare=have_passwords,
    ),
    viewer(
        "ACC-02",
        f"person {{ {PERSON} }} email locale profileComplete",
        shows=lambda me: (me["person"]["id"], me["email"]),
        allowed=_me,
        filtered={"SELF": _me},
    ),
    Change(
        row="ACC-04",
        document="mutation { signOut { signedOut } }",
        variables=always({}),
        shows=lambda payload: payload["signedOut"],
        allowed=always(True),
    ),
)

PEOPLE = (
    node("PER-01", "Person", PERSON, _parent, shows=_name, allowed=always("Tom Jansen")),
    node(
        "PER-02",
        "Person",
        PERSON,
        _colleague,
        shows=lambda person: (person["name"], person["label"]),
        allowed=always(("Bram Mulder", "leerkracht groep 5")),
    ),
    node("PER-03", "Person", PERSON, _parent, shows=lambda person: person["label"], allowed=always("ouder van Sam")),
    node(
        "PER-04",
        "Person",
        PERSON,
        _parent,
        shows=lambda person: person["email"],
        allowed=lambda case: _parent(case.world).email,
        filtered={"MASKED": always(None)},
    ),
    node(
        "PER-05",
        "Person",
        PERSON,
        _parent,
        shows=lambda person: person["phone"],
        allowed=always("06 11111111"),
        filtered={"MASKED": always(None)},
    ),
    node(
        "PER-06",
        "Person",
        PERSON,
        _sharing,
        shows=_contact,
        allowed=lambda case: (_sharing(case.world).email, "06 22222222"),
    ),
    node(
        "PER-07",
        "Person",
        PERSON,
        _colleague,
        shows=_contact,
        allowed=lambda case: (_colleague(case.world).email, "06 33333333"),
        filtered={"MASKED": always((None, None))},
    ),
    Change(
        row="PER-08",
        document=mutation("updateProfile", "viewer { person { name phone } locale }"),
        variables=always({"name": "Robin Aalbers", "phone": "06 44444444", "locale": "EN"}),
        shows=lambda payload: (payload["viewer"]["person"]["name"], payload["viewer"]["person"]["phone"]),
        allowed=always(("Robin Aalbers", "06 44444444")),
    ),
    node(
        "PER-12",
        "Group",
        f"pupils {{ guardians {{ {PERSON} }} }}",
        lambda world: world.a1,
        shows=listed("pupils.guardians", _name),
        allowed=names("guardian_in_group", "co_guardian", "classmates_guardian", "sharing_guardian", "blocked_account"),
        filtered={**EMPTY, "OWN_CHILD": names("guardian_in_group", "co_guardian")},
    ),
)
