"""What every resolver is handed: the operation under way, and through it the school's context."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias, cast

import strawberry
from graphql import GraphQLResolveInfo

from realtime.hub import Hub
from resolvers.access import SignedIn
from resolvers.context import Context
from resolvers.viewer import Viewer, find_by_token


def utc_now() -> datetime:
    """The service's clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Request:
    """One operation. The edge looks at `signed_in` and `signed_out` afterwards, to give or take a cookie."""

    context: Context
    hub: Hub
    token: str | None = None
    """The session token it came with: a feed asks again who that is while it lasts."""
    clock: Callable[[], datetime] = utc_now
    may_introspect: bool = True
    takes_cookies: bool = False
    signed_in: SignedIn | None = None
    signed_out: bool = False

    def viewer(self) -> Viewer:
        """Who is asking; raises Unauthenticated."""
        return self.context.signed_in()

    async def renewed(self) -> Context | None:
        """The context as it is now: who follows a feed may have lost a right. None when the session has ended."""
        now = self.clock()
        viewer = None if self.token is None else await find_by_token(self.context.database, self.token, now)
        return None if viewer is None else replace(self.context, viewer=viewer, now=now)


Info: TypeAlias = strawberry.Info[Request, None]
ResolveInfo: TypeAlias = GraphQLResolveInfo[Request]
"""graphql-core's own, with the whole document; Strawberry's `Info` stands before it."""


def resolve_info(info: Info) -> ResolveInfo:
    """What Strawberry's info stands before."""
    return cast("ResolveInfo", info._raw_info)  # pyright: ignore[reportPrivateUsage]
