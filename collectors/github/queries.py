"""What is asked of GitHub by GraphQL: discussions, which REST has not, and a hundred things at once by their ids."""

from __future__ import annotations

from collections.abc import Sequence

ACTOR = """
fragment actor on Actor {
  __typename login
  ... on User { databaseId } ... on Bot { databaseId }
  ... on Organization { databaseId } ... on Mannequin { databaseId }
}
"""
WRITTEN = "__typename body createdAt updatedAt lastEditedAt url authorAssociation author { ...actor }"

DISCUSSIONS = """
query ($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    discussions(first: 100, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes { number updatedAt }
    }
  }
}
"""

DISCUSSION = (
    """
query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    discussion(number: $number) {
      number title WRITTEN
      comments(first: 50, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id WRITTEN replies(last: 50) { totalCount nodes { id WRITTEN replyTo { id } } } }
      }
    }
  }
}
""".replace("WRITTEN", WRITTEN)
    + ACTOR
)

BY_NODE = """
  nodes(ids: $ids) {
    ... on IssueComment { id WRITTEN issue { number } pullRequest { number } }
    ... on DiscussionComment { id WRITTEN discussion { number } replyTo { id } }
  }
""".replace("WRITTEN", WRITTEN)

BY_NUMBER = """
    i_NUMBER: issueOrPullRequest(number: NUMBER) {
      ... on Issue { number title WRITTEN } ... on PullRequest { number title WRITTEN }
    }
    d_NUMBER: discussion(number: NUMBER) { number title WRITTEN }
""".replace("WRITTEN", WRITTEN)


def by_ids(numbers: Sequence[int], nodes: Sequence[str]) -> str:
    """Return the query for threads by their numbers and comments by their node ids."""
    threads = "".join(BY_NUMBER.replace("NUMBER", str(number)) for number in numbers)
    ids = ", $ids: [ID!]!" if nodes else ""
    return (
        f"query ($owner: String!, $name: String!{ids}) {{\n"
        f"  repository(owner: $owner, name: $name) {{\n    id\n{threads}  }}\n"
        f"{BY_NODE if nodes else ''}}}\n{ACTOR if numbers or nodes else ''}"
    )
