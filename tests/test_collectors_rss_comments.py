"""A blog's feed of comments, as WordPress 5 writes it: whose words a comment is, and what it answers."""

from __future__ import annotations

import pytest

from model import Mention
from tests.feeds import mentions_of, rss

POST = "https://northside.example/weekend-box-late/"


def comment(number: int, title: str, body: str, creator: str = "Ana") -> str:
    return (
        f"<item><title>\n\t\t{title}\t\t</title><link>{POST}#comment-{number}</link>"
        f"<dc:creator><![CDATA[{creator}]]></dc:creator><pubDate>Tue, 19 May 2026 14:55:33 +0000</pubDate>"
        f'<guid isPermaLink="false">https://northside.example/?p=12#comment-{number}</guid>'
        f"<description><![CDATA[cut]]></description><content:encoded><![CDATA[{body}\n]]></content:encoded></item>"
    )


def heard(*items: str) -> list[Mention]:
    return mentions_of(rss(*items))


@pytest.mark.parametrize(
    "title",
    [
        "Comment on The Weekend Box is late again by Ana",
        "Comentario en The Weekend Box is late again por Ana",
        "Ana より The Weekend Box is late again へのコメント",
        "By: Ana",
        "Re: The Weekend Box is late again",
    ],
)
def test_the_title_of_the_post_is_not_the_commenter_s(title: str) -> None:
    (said,) = heard(comment(7, title, "<p>Thank you all!</p>"))

    assert (said.title, said.text) == ("", "Thank you all!")
    assert isinstance(said.raw, dict)
    assert said.raw["on"] == title


def test_a_comment_s_own_title_stays() -> None:
    (said,) = heard(comment(7, "Where do I sign?", "<p>I would come.</p>"))

    assert said.title == "Where do I sign?"


def test_a_commenter_is_not_the_host() -> None:
    one, other, nobody = heard(
        comment(7, "By: Ana", "<p>One.</p>"),
        comment(8, "By: Ben", "<p>Two.</p>", "Ben"),
        comment(9, "Hm", "<p>Three.</p>", ""),
    )

    handles = [said.author.handle for said in (one, other, nobody) if said.author]
    assert sorted(handles) == [f"{name} at northside.example" for name in ("Ana", "Ben", "a comment")]


def test_a_thread_is_the_post_and_an_answer_names_its_comment() -> None:
    reply = f'<p>In reply to <a href="{POST}#comment-7">Ana</a>.</p>\n<p>Me too.</p>'
    said = {
        mention.external_id: mention
        for mention in heard(
            comment(8, "Comment on The box by Ben", reply, "Ben"),
            comment(7, "Comment on The box by Ana", "<p>Mine never came.</p>"),
        )
    }

    post = "https://northside.example/?p=12"
    first, second = said[f"{post}#comment-7"], said[f"{post}#comment-8"]
    assert (first.parent_id, first.thread_id) == (post, post)
    assert (second.parent_id, second.thread_id) == (f"{post}#comment-7", post)
    assert second.text == "Me too."


def test_who_begins_with_a_link_has_said_it() -> None:
    body = f'<p>As <a href="{POST}#comment-7">Ana</a> says, the box never came.</p>'

    (said,) = heard(comment(8, "By: Ben", body, "Ben"))

    assert said.text == "As Ana says, the box never came."
    assert said.parent_id == "https://northside.example/?p=12"


def test_a_post_about_comments_is_a_post() -> None:
    (said,) = heard(
        f"<item><title>Comment on our plan by Friday</title><link>{POST}</link><guid>{POST}</guid>"
        "<dc:creator>Ana</dc:creator><description>Please.</description></item>"
    )

    assert (said.title, said.parent_id) == ("Comment on our plan by Friday", None)
    assert said.author is not None
    assert said.author.handle == "northside.example"
