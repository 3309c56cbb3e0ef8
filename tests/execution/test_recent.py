"""What is kept of documents is what is used: a stream of new ones does not push out those that everybody asks."""

from schema.recent import Recent


def test_what_is_used_stays_and_what_is_used_least_goes() -> None:
    recent = Recent[str](3)
    for name in ("feed", "day", "groups"):
        recent.keep(name, name.upper())

    assert recent.get("feed") == "FEED"
    recent.keep("people", "PEOPLE")

    assert [recent.get(name) for name in ("feed", "day", "groups", "people")] == ["FEED", None, "GROUPS", "PEOPLE"]


def test_what_is_always_used_outlives_any_number_of_others() -> None:
    recent = Recent[str](2)
    recent.keep("feed", "FEED")

    for number in range(10):
        recent.keep(f"odd {number}", "ODD")
        assert recent.get("feed") == "FEED"
    assert [number for number in range(10) if recent.get(f"odd {number}")] == [9]


def test_what_is_kept_again_takes_no_second_place() -> None:
    recent = Recent[int](2)
    for number in (1, 2):
        recent.keep("feed", number)
    recent.keep("day", 3)

    assert (recent.get("feed"), recent.get("day")) == (2, 3)
