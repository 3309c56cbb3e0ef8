"""What every resolver is handed: the operation under way, and through it the school's context."""

from dataclasses import dataclass, replace
from typing import TypeAlias, cast

import strawberry
from graphql import GraphQLResolveInfo

from resolvers.context import Context
from resolvers.sessions import SignedIn
from resolvers.standing import Standing
from resolvers.viewer import Viewer
from schema.audience import News


@dataclass(slots=True)
class Request:
    """One operation. The edge looks at `signed_in` and `signed_out` afterwards, to give or take a cookie."""

    context: Context
    news: News
    standing: Standing | None = None
    """Who the connection is as time goes on: given to subscriptions."""
    may_introspect: bool = True
    takes_cookies: bool = False
    signed_in: SignedIn | None = None
    signed_out: bool = False

    def from_device(self, token: str | None) -> Context:
        """The context of somebody who shows a device token in the input, as an app does."""
        return self.context if token is None else replace(self.context, device=token)

    def viewer(self) -> Viewer:
        """Who is asking; raises Unauthenticated."""
        return self.context.signed_in()


Info: TypeAlias = strawberry.Info[Request, None]
ResolveInfo: TypeAlias = GraphQLResolveInfo[Request]
"""graphql-core's own, with the whole document; Strawberry's `Info` stands before it."""


def resolve_info(info: Info) -> ResolveInfo:
    """What Strawberry's info stands before."""
    return cast("ResolveInfo", info._raw_info)  # pyright: ignore[reportPrivateUsage]
