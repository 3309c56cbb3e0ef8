"""GraphQL over HTTP as the usual clients speak it."""

import httpx
import pytest

from tests.clients import Clients
from tests.factories import SmallSchool

MODERN = "application/graphql-response+json; charset=utf-8"
JSON = "application/json; charset=utf-8"
URQL = "application/graphql-response+json, application/graphql+json, application/json"
ACCEPTED = {
    "urql": (f"{URQL}, text/event-stream, multipart/mixed", MODERN),
    "Apollo": ("application/graphql-response+json,application/json;q=0.9", MODERN),
    "Apollo, with deferred parts": (
        "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9",
        MODERN,
    ),
    "graphql-request": ("application/graphql-response+json, application/json", MODERN),
    "Relay": ("application/json", JSON),
    "axios": ("application/json, text/plain, */*", JSON),
    "fetch": ("*/*", JSON),
}


@pytest.mark.parametrize(("accept", "media"), ACCEPTED.values(), ids=ACCEPTED)
async def test_the_usual_clients_get_an_answer_that_they_understand(
    accept: str, media: str, small_school: SmallSchool, clients: Clients
) -> None:
    token = small_school.token(small_school.guardian)
    headers = {"accept": accept, "authorization": f"Bearer {token}"}

    async def ask(query: str) -> httpx.Response:
        return await clients().http.post("/graphql", json={"query": query}, headers=headers)

    answered, refused, wrong = (
        await ask("{ viewer { email } }"),
        await ask("{ viewer { feed(first: 0) { edges { node { id } } } } }"),
        await ask("{ viewer { shoeSize } }"),
    )

    assert (answered.status_code, answered.headers["content-type"]) == (200, media)
    assert answered.json() == {"data": {"viewer": {"email": small_school.guardian.email}}}
    assert (refused.status_code, refused.headers["content-type"]) == (200, media), "there is data: null, and an error"
    assert refused.json()["data"] == {"viewer": None}
    assert (wrong.status_code, wrong.headers["content-type"]) == (400 if media == MODERN else 200, media)
    assert wrong.json().keys() == {"errors"}
