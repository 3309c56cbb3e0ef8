"""What everybody has, or has begun, before a probe about second factors: always the same for the same person."""

from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from webauthn.helpers import bytes_to_base64url

import models
from models import ChallengePurpose, ClientKind
from models.database import Database
from models.seal import Seal
from resolvers.secrets import hashed, hashed_code
from tests.authenticator import Passkey
from tests.factories import founding
from tests.facts import A_RING, FAR_AHEAD, YESTERDAY
from tests.personas import World

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def passkey_of(person: models.Person) -> Passkey:
    """The passkey of somebody: always the same one."""
    key = derive_private_key(person.id.int, SECP256R1())
    return Passkey(id=person.id.bytes, key=key, owner=bytes_to_base64url(person.id.bytes))


def key_of_passkey(person: models.Person) -> UUID:
    """Its key in the database."""
    return UUID(int=person.id.int ^ 1)


def token_of(person: models.Person) -> str:
    """What somebody was given to answer with."""
    return f"challenge-{person.id.hex}"


def nonce_of(person: models.Person) -> bytes:
    """What their passkey must sign."""
    return sha256(person.id.bytes).digest()


def recovery_code_of(person: models.Person) -> str:
    """The recovery code of somebody."""
    return person.id.hex


async def have_seeds(database: Database, world: World) -> None:
    """Everybody has an app that is not confirmed yet."""
    seal = Seal.from_text(A_RING)
    async with founding(database) as facts:
        for person in world.people.values():
            sealed = seal.seal(SEED.encode(), "totp", "seed", person.id)
            facts.add(models.Totp(person_id=person.id, seed=sealed, created_at=YESTERDAY))


async def have_apps(database: Database, world: World) -> None:
    """Everybody has an app and has shown it."""
    await have_seeds(database, world)
    people = [person.id for person in world.people.values()]
    await database.fetch("update totp set confirmed_at = $1 where person_id = any($2)", [YESTERDAY, people])
    await database.fetch("update session set second_factor = true where person_id = any($1)", [people])


async def have_passkeys(database: Database, world: World) -> None:
    """Everybody has a passkey and a recovery code, and has shown one of them."""
    people = list(world.people.values())
    async with founding(database) as facts:
        for person in people:
            made = passkey_of(person)
            facts.add(
                models.Passkey(
                    id=key_of_passkey(person),
                    person_id=person.id,
                    credential_id=made.id,
                    public_key=made.public_key(),
                    name="Telefoon",
                    created_at=YESTERDAY,
                )
            )
            facts.add(models.RecoveryCode(code_hash=hashed_code(recovery_code_of(person)), person_id=person.id))
    shown = [person.id for person in people]
    await database.fetch("update session set second_factor = true where person_id = any($1)", [shown])


async def _are_asked(database: Database, world: World, purpose: ChallengePurpose) -> None:
    """Everybody has been asked for something in their session, or before they had one."""
    people = [person.id for person in world.people.values()]
    sessions = dict(await database.fetch("select person_id, id from session where person_id = any($1)", [people]))
    is_signed_in = purpose in {ChallengePurpose.PASSKEY_REGISTRATION, ChallengePurpose.PASSKEY_STEP_UP}
    async with founding(database) as facts:
        for person in world.people.values():
            facts.add(
                models.Challenge(
                    purpose=purpose,
                    token_hash=hashed(token_of(person)),
                    nonce=nonce_of(person),
                    person_id=None if purpose is ChallengePurpose.PASSKEY_SIGN_IN else person.id,
                    session_id=sessions.get(person.id) if is_signed_in else None,
                    client=ClientKind.APP,
                    expires_at=FAR_AHEAD,
                )
            )


async def wait_for_a_code(database: Database, world: World) -> None:
    """Everybody has shown a password, and is asked for a second factor."""
    await have_passkeys(database, world)
    await _are_asked(database, world, ChallengePurpose.SIGN_IN)


async def begin_with_a_passkey(database: Database, world: World) -> None:
    """Everybody has begun to sign in with a passkey."""
    await have_passkeys(database, world)
    await _are_asked(database, world, ChallengePurpose.PASSKEY_SIGN_IN)


async def add_a_passkey(database: Database, world: World) -> None:
    """Everybody has begun to add a passkey."""
    await _are_asked(database, world, ChallengePurpose.PASSKEY_REGISTRATION)


async def show_a_passkey(database: Database, world: World) -> None:
    """Everybody has begun to show a passkey again."""
    await have_passkeys(database, world)
    await _are_asked(database, world, ChallengePurpose.PASSKEY_STEP_UP)
