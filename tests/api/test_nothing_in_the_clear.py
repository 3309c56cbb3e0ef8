"""What somebody carries is nowhere stored as it is: no token, no link, no password, in no column of any table."""

import models
from models.database import Database
from tests.api.documents import (
    CHANGE_EMAIL,
    CHANGE_PASSWORD,
    CONFIRM_EMAIL,
    REQUEST_RESET,
    RESET_PASSWORD,
    SIGN_IN_AGAIN,
)
from tests.api.steps import PASSWORD, credentials
from tests.clients import Clients, Clock
from tests.letters import letters_to, secret_of

COLUMNS = """
select table_name, column_name from information_schema.columns
where table_schema = 'public' and data_type in ('text', 'character varying', 'bytea', 'jsonb', 'ARRAY')
"""


async def in_the_clear(database: Database, secret: str) -> list[str]:
    """The columns in which a secret stands, as text or as bytes."""
    found: list[str] = []
    for table, column in await database.fetch(COLUMNS, []):
        looked = (
            f'select count(*) from "{table}" where strpos("{column}"::text, $1) > 0 or strpos("{column}"::text, $2) > 0'
        )
        if (await database.fetch(looked, [secret, secret.encode().hex()]))[0][0]:
            found.append(f"{table}.{column}")
    return found


async def test_after_all_flows_no_secret_stands_in_the_database(
    clients: Clients, account: models.Person, database: Database, clock: Clock
) -> None:
    first = await clients().ok(SIGN_IN_AGAIN, input=credentials(account))
    passwords = ["vier-groene-fietsen-op-zolder", "een egel slaapt onder de kastanje"]
    await clients(first["token"]).ok(CHANGE_PASSWORD, input={"currentPassword": PASSWORD, "newPassword": passwords[0]})
    await clients().ok(REQUEST_RESET, input={"email": account.email})
    letters = [letter for _, letter in await letters_to(database, account.email, clock.now) if letter.path]
    wanted = {"token": secret_of(letters[0]), "newPassword": passwords[1], "client": "APP"}
    second = await clients().ok(RESET_PASSWORD, input=wanted)
    moved = f"nieuw-{account.email}"
    await clients(second["token"]).ok(CHANGE_EMAIL, input={"email": moved, "clientMutationId": "verhuizing"})
    letters += [letter for _, letter in await letters_to(database, moved, clock.now)]
    await clients().ok(CONFIRM_EMAIL, input={"token": secret_of(letters[1])})

    carried = [PASSWORD, *passwords, *map(secret_of, letters)]
    carried += [told[name] for told in (first, second) for name in ("token", "deviceToken")]

    assert len(set(carried)) == 9
    assert {secret: found for secret in carried if (found := await in_the_clear(database, secret))} == {}
    stands = {"person.email", "mailed_link.email", "mail.recipient"}
    assert set(await in_the_clear(database, moved)) == stands, "what does stand there is found"
