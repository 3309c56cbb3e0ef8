"""Public ids: the kind of thing and its key, as `post_0192…`. Opaque to clients."""

from uuid import UUID

NOBODY = UUID(int=0)
"""The key of nothing. An id that is not one leads here, and so answers exactly like one that does not exist."""


def public_id(node: str, key: UUID) -> str:
    """The id that clients see."""
    return f"{node}_{key.hex}"


def parse_id(text: str) -> tuple[str, UUID]:
    """The kind and the key of a public id. Never fails: junk is the id of nothing."""
    node, _, digits = text.partition("_")
    if len(digits) != 32:
        return "", NOBODY
    try:
        return node, UUID(hex=digits)
    except ValueError:
        return "", NOBODY


def key_of(node: str, text: str) -> UUID:
    """The key in an id of the given kind; the key of nothing for any other id."""
    kind, key = parse_id(text)
    return key if kind == node else NOBODY
