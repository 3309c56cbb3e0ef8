"""What may be a password, and that nobody waits for those who think of one (ACC-10)."""

import asyncio

import pytest

from resolvers.errors import Code, Refused
from resolvers.passwords import MOST_WAITING, check_password, hash_password
from tests.api.steps import PASSWORD
from tests.clients import SOON_S

ABOUT = ("Esra Yilmaz", "esra.yilmaz@regenboog.example", "De Regenboog", "Groep 5")
DISGUISED = "a4@b8c({[<e3g69i1!|lo0s$5t7+x%z2"
"""Every sign that may stand for a letter: together they have hundreds of readings."""


async def is_weak(password: str) -> bool:
    """Whether a password is refused."""
    try:
        await check_password(password, "password", about=ABOUT)
    except Refused as refused:
        return (refused.code, refused.path) == (Code.WEAK_PASSWORD, ("input", "password"))
    return False


@pytest.mark.parametrize(
    "password",
    [
        "vier-groene-fietsen-op-zolder",
        "correct horse battery staple",
        "  spaties voor en achter  ",
        "ijsjes zonder één hoofdletter",
        "Esra houdt van zeven paarse olifanten",
        "kG7$wq9!Lm2x",
        "onder de kastanje slaapt een egel die nooit haast heeft en dat weet iedereen die er langs fietst naar zee",
    ],
)
async def test_a_long_or_surprising_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert not await is_weak(password[:128])


@pytest.mark.parametrize(
    "password",
    [
        "kG7$wq9!Lm2",
        "kG7$wq9!Lm2x" * 11,
        "aaaaaaaaaaaaaaaa",
        "qwertyuiopasdf",
        "Password1234!",
        "Unbelievable",
        "Schoolplein2026",
        "jufjufjufjuf",
        "meester2026juf",
        "deregenboog1",
        "RegenboogGroep5",
        "esrayilmaz2026",
        "esra.yilmaz@regenboog",
    ],
)
async def test_a_short_or_easily_guessed_password_is_refused(password: str) -> None:
    assert await is_weak(password)


async def test_words_about_somebody_are_weak_for_them_alone() -> None:
    await check_password("waterkonijnstraat", about=["iemand anders"])

    with pytest.raises(Refused):
        await check_password("waterkonijnstraat", about=["Waterkonijnstraat"])


@pytest.mark.parametrize("password", [DISGUISED * 4, "zo4@b8c({[<e3g69i1!|lo0s$5t7+x%z2"])
async def test_a_password_in_disguise_is_judged_as_soon_as_any_other(password: str) -> None:
    async with asyncio.timeout(SOON_S):
        assert not await is_weak(password[:128])


@pytest.mark.parametrize("password", ["P@$$w0rd1234!", "5ch00lp1e1n2026"])
async def test_a_disguise_does_not_make_a_password_of_a_word(password: str) -> None:
    assert await is_weak(password)


async def test_who_signs_in_does_not_wait_for_passwords_that_are_judged() -> None:
    judged = [is_weak(f"vier groene fietsen {number}") for number in range(MOST_WAITING + 1)]

    results = await asyncio.gather(*judged, *[hash_password(PASSWORD) for _ in range(2)], return_exceptions=True)

    assert [result for result in results if isinstance(result, BaseException)] == []


async def test_what_waits_for_its_turn_is_bounded() -> None:
    results = await asyncio.gather(*[hash_password(PASSWORD) for _ in range(MOST_WAITING + 5)], return_exceptions=True)

    refused = [result for result in results if isinstance(result, Refused)]
    assert [refusal.code for refusal in refused] == [Code.RATE_LIMITED] * 3  # two are in work
    assert (await hash_password(PASSWORD)).startswith("$argon2id$"), "afterwards there is room again"
