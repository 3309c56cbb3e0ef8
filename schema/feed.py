"""The feed in the contract: posts, comments, and what may be done with them."""

from datetime import datetime

import strawberry
from pydantic import BaseModel
from strawberry.pydantic import input as pydantic_input

from resolvers import feed
from resolvers.ids import key_of, public_id
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Because, Body, CommentBody, RetryKey, Title, once
from schema.nodes import Node, relation
from schema.paging import Connection, connection
from schema.people import Person
from schema.school import Group, School


@strawberry.type(description="A message of the school, or of a group's teacher.")
class Post(Node):
    school: School = relation("The school.")
    group: Group | None = relation("Null for a school-wide post, on which nobody can comment.")
    author: Person = relation("Who wrote it.")
    author_name: str = strawberry.field(description="The author's name as it was when this was written.")
    title: str = strawberry.field(description="One line.")
    body: str = strawberry.field(description="The text.")
    published_at: datetime = strawberry.field(description="Since when it can be read.")
    edited_at: datetime | None = strawberry.field(description="When its text was last corrected.")
    withdrawn_at: datetime | None = strawberry.field(
        description="When it was taken back; only the administration still sees it."
    )
    comments_open: bool = strawberry.field(description="Whether the author lets the group answer.")
    viewer_can_comment: bool = strawberry.field(
        description="Whether addComment would be allowed to the viewer now, once the house rules are accepted."
    )
    viewer_has_read: bool = strawberry.field(description="Whether the viewer marked it as read.")
    comment_count: int = strawberry.field(description="How many comments the viewer can see.")
    comments: Connection["Comment"] = connection("Oldest first.")
    read_count: int | None = strawberry.field(description="How many have read it. Staff only; null for guardians.")
    audience_size: int | None = strawberry.field(description="For how many it is. Staff only; null for guardians.")


@strawberry.type(description="Visible at once, and for its author unchangeable.")
class Comment(Node):
    post: Post = relation("Under which post.")
    author: Person = relation("Who wrote it.")
    author_name: str = strawberry.field(description="The author's name as it was when this was written.")
    body: str = strawberry.field(description="Replaced by a fixed text when the school has hidden the comment.")
    created_at: datetime = strawberry.field(description="When it was written.")
    hidden_at: datetime | None = strawberry.field(description="When the school hid it.")


@pydantic_input(description="A post to a group, or to the whole school when there is no group.")
class PublishPostInput(BaseModel):
    school_id: strawberry.ID
    group_id: strawberry.ID | None
    title: Title
    body: Body
    comments_open: bool = True
    client_mutation_id: RetryKey | None


@pydantic_input(description="What is left out stays as it is.")
class EditPostInput(BaseModel):
    post_id: strawberry.ID
    title: Title | None
    body: Body | None
    comments_open: bool | None
    client_mutation_id: RetryKey | None


@pydantic_input(description="Taking a post back, and why.")
class WithdrawPostInput(BaseModel):
    post_id: strawberry.ID
    reason: Because
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which post was read.")
class MarkPostReadInput(BaseModel):
    post_id: strawberry.ID


@pydantic_input(description="An answer to the whole group. It can't be changed or deleted afterwards.")
class AddCommentInput(BaseModel):
    post_id: strawberry.ID
    body: CommentBody
    client_mutation_id: RetryKey | None


@pydantic_input(description="Hiding a comment, and why.")
class HideCommentInput(BaseModel):
    comment_id: strawberry.ID
    reason: Because
    client_mutation_id: RetryKey | None


@strawberry.type(description="The new post, or why not.")
class PublishPostPayload:
    post: Post | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The corrected post, or why not.")
class EditPostPayload:
    post: Post | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="Which post was withdrawn, or why not.")
class WithdrawPostPayload:
    post_id: strawberry.ID | None = strawberry.field(description="Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The post that was read, or why not.")
class MarkPostReadPayload:
    post: Post | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The new comment, or why not.")
class AddCommentPayload:
    comment: Comment | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The hidden comment, or why not.")
class HideCommentPayload:
    comment: Comment | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class FeedMutation:
    @strawberry.mutation(
        description="Write to a group or to the whole school. Staff only.", graphql_type=PublishPostPayload
    )
    async def publish_post(self, info: Info, input: PublishPostInput) -> Answer:
        key = await feed.publish_post(
            once(info, input),
            school_id=key_of("school", input.school_id),
            group_id=None if input.group_id is None else key_of("group", input.group_id),
            title=input.title,
            body=input.body,
            comments_open=input.comments_open,
        )
        return Answer("PublishPostPayload", post=Ref("Post", key))

    @strawberry.mutation(description="Correct a post; it is shown as edited.", graphql_type=EditPostPayload)
    async def edit_post(self, info: Info, input: EditPostInput) -> Answer:
        key = await feed.edit_post(
            once(info, input),
            post_id=key_of("post", input.post_id),
            title=input.title,
            body=input.body,
            comments_open=input.comments_open,
        )
        return Answer("EditPostPayload", post=Ref("Post", key))

    @strawberry.mutation(description="Take a post back.", graphql_type=WithdrawPostPayload)
    async def withdraw_post(self, info: Info, input: WithdrawPostInput) -> Answer:
        key = await feed.withdraw_post(once(info, input), post_id=key_of("post", input.post_id), reason=input.reason)
        return Answer("WithdrawPostPayload", post_id=public_id("post", key))

    @strawberry.mutation(description="Mark a post as read by the viewer.", graphql_type=MarkPostReadPayload)
    async def mark_post_read(self, info: Info, input: MarkPostReadInput) -> Answer:
        key = await feed.mark_post_read(info.context.context, post_id=key_of("post", input.post_id))
        return Answer("MarkPostReadPayload", post=Ref("Post", key))

    @strawberry.mutation(
        description="Answer under a post of one's group, visible at once and for good.", graphql_type=AddCommentPayload
    )
    async def add_comment(self, info: Info, input: AddCommentInput) -> Answer:
        key = await feed.add_comment(once(info, input), post_id=key_of("post", input.post_id), body=input.body)
        return Answer("AddCommentPayload", comment=Ref("Comment", key))

    @strawberry.mutation(
        description="The school's, never the author's. The original stays in the audit trail.",
        graphql_type=HideCommentPayload,
    )
    async def hide_comment(self, info: Info, input: HideCommentInput) -> Answer:
        key = await feed.hide_comment(
            once(info, input), comment_id=key_of("comment", input.comment_id), reason=input.reason
        )
        return Answer("HideCommentPayload", comment=Ref("Comment", key))
