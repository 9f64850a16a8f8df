"""What channel matrix must do before any homeserver: the fake and the real one are held to the same tests.

Whoever has a homeserver gives a ``place``; all that is said there goes through the client API, so that nothing in
here knows which of the two it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from errors import NeedsAttention
from model import Secret
from tests.matrix_people import Place, gone, heard, next_number, skipped, texts


class MatrixScenario:
    """Every test that does not need a homeserver to misbehave."""

    def test_a_message_is_a_mention(self, place: Place) -> None:
        room = place.room()
        event = place.ana.say(room, "The boxes came late. ¿Qué tal? 😀")

        [mention] = heard(place.read(place.collector(room))).values()

        assert mention.external_id == f"{room}/{event}"
        assert mention.scope == place.homeserver
        assert mention.text == "The boxes came late. ¿Qué tal? 😀"
        assert mention.author is not None
        assert mention.author.handle == place.ana.name
        assert mention.published_at is not None
        assert abs(datetime.now(UTC) - mention.published_at) < timedelta(minutes=2)
        assert (mention.parent_id, mention.thread_id) == (None, mention.external_id)
        assert mention.url.startswith("https://matrix.to/#/!")

    def test_goes_on_where_it_stopped_and_nothing_new_is_nothing(self, place: Place) -> None:
        room = place.room()
        place.ana.say(room, "First.")
        cursor = place.read(place.collector(room))[-1].cursor
        place.ben.say(room, "Second.")

        after = place.read(place.collector(room), cursor)
        again = place.read(place.collector(room), after[-1].cursor)

        assert texts(after) == ["Second."]
        assert texts(again) == []
        assert not skipped(again)
        assert not gone(again)

    def test_what_a_sync_leaves_out_is_read_page_by_page(self, place: Place) -> None:
        """faults.md 34: 230 messages between two polls, of which a sync tells a hundred."""
        room = place.room()
        place.ana.say(room, "Before.")
        cursor = place.read(place.collector(room))[-1].cursor
        said = [f"Message {number}." for number in range(230)]
        for text in said:
            place.ana.say(room, text)

        batches = place.read(place.collector(room), cursor)

        assert sorted(texts(batches)) == sorted(said)
        assert "gaps" not in batches[-1].cursor
        assert len(batches) >= 3

    def test_killed_between_two_pages_it_goes_on_there(self, place: Place) -> None:
        """faults.md 63."""
        room = place.room()
        cursor = place.read(place.collector(room))[-1].cursor
        said = {f"Message {number}." for number in range(230)}
        for text in sorted(said):
            place.ana.say(room, text)
        whole = place.read(place.collector(room), cursor)

        for kept in range(1, len(whole)):
            after = place.read(place.collector(room), whole[kept - 1].cursor)
            assert {*texts(whole[:kept]), *texts(after)} == said

    def test_what_was_said_between_two_pages_is_heard(self, place: Place) -> None:
        room = place.room()
        cursor = place.read(place.collector(room))[-1].cursor
        for number in range(130):
            place.ana.say(room, f"Message {number}.")
        batches = place.collector(room).collect(cursor, place.reach())
        first = next(batches)
        place.ben.say(room, "Meanwhile.")

        rest = list(batches)
        after = place.read(place.collector(room), rest[-1].cursor)

        assert len(heard([first, *rest])) == 130
        assert texts(after) == ["Meanwhile."]

    def test_the_first_reading_goes_back_some_pages(self, place: Place) -> None:
        room = place.room()
        for number in range(120):
            place.ana.say(room, f"Message {number}.")

        assert len(heard(place.read(place.collector(room)))) == 120

    def test_an_edit_is_the_message_in_its_new_words(self, place: Place) -> None:
        """faults.md 26."""
        room = place.room()
        question = place.ben.say(room, "Who knows more?")
        event = place.ana.say(room, "The boxes are late.", **_answering(question))
        before = place.read(place.collector(room))
        place.ana.edit(room, event, "The boxes are here.")

        [mention] = heard(place.read(place.collector(room), before[-1].cursor)).values()

        assert mention.text == "The boxes are here."
        assert mention.edited_at is not None
        assert (
            replace(mention, text="The boxes are late.", edited_at=None) == heard(before)[mention.external_id]
        )

    def test_an_edit_of_the_same_page_and_an_edit_of_an_edit(self, place: Place) -> None:
        room = place.room()
        event = place.ana.say(room, "one")
        place.ana.edit(room, event, "two")
        place.ana.edit(room, event, "three")

        first = place.read(place.collector(room))
        place.ana.edit(room, event, "four")
        place.ana.edit(room, event, "five")

        assert texts(first) == ["three"]
        assert texts(place.read(place.collector(room), first[-1].cursor)) == ["five"]

    def test_nobody_edits_the_words_of_another(self, place: Place) -> None:
        """faults.md 31: an event that claims to replace somebody else's."""
        room = place.room()
        event = place.ana.say(room, "We are fine.")
        place.ben.edit(room, event, "We are ruined.")
        first = place.read(place.collector(room))
        place.ana.edit(room, event, "We are well.")
        place.ben.edit(room, event, "We are ruined!")

        after = place.read(place.collector(room), first[-1].cursor)

        assert texts(first) == ["We are fine."]
        assert texts(after) == ["We are well."]

    def test_what_is_taken_back_is_gone(self, place: Place) -> None:
        """faults.md 26."""
        room = place.room()
        kept, taken = place.ana.say(room, "Stays."), place.ana.say(room, "Goes.")
        before = place.read(place.collector(room))
        place.ana.take_back(room, taken)

        after = place.read(place.collector(room), before[-1].cursor)

        assert set(heard(before)) == {f"{room}/{kept}", f"{room}/{taken}"}
        assert gone(after) == [f"{room}/{taken}"]
        assert not heard(after)

    def test_what_was_taken_back_before_is_never_heard(self, place: Place) -> None:
        room = place.room()
        event = place.ana.say(room, "Goes.")
        place.ana.say(room, "Stays.")
        place.ana.take_back(room, event)

        assert texts(place.read(place.collector(room))) == ["Stays."]

    def test_answers_and_threads_are_kept_together(self, place: Place) -> None:
        room = place.room()
        question = place.ana.say(room, "When do the boxes come?")
        reply = place.ben.say(room, "> <@ana> When do the boxes come?\n\nTomorrow.", **_answering(question))
        thanks = place.ana.say(room, "Thanks.", **_answering(reply))
        in_thread = {"rel_type": "m.thread", "event_id": question}
        fallback = {"is_falling_back": True, "m.in_reply_to": {"event_id": reply}}
        threaded = place.ben.say(room, "At nine.", **{"m.relates_to": {**in_thread, **fallback}})

        mentions = heard(place.read(place.collector(room)))

        found = [mentions[f"{room}/{event}"] for event in (question, reply, thanks, threaded)]
        assert {mention.thread_id for mention in found} == {f"{room}/{question}"}
        assert [mention.parent_id for mention in found[1:]] == [
            f"{room}/{question}",
            f"{room}/{reply}",
            f"{room}/{question}",
        ]
        assert found[1].text == "Tomorrow."

    def test_formatted_words_are_read_as_text(self, place: Place) -> None:
        room = place.room()
        page = "<mx-reply><blockquote>before</blockquote></mx-reply><p>The <b>boxes</b></p><p>are late</p>"
        place.ana.say(room, "**no**", format="org.matrix.custom.html", formatted_body=page)

        assert texts(place.read(place.collector(room))) == ["The boxes\n\nare late"]

    def test_pictures_have_words_only_by_their_caption(self, place: Place) -> None:
        room = place.room()
        picture = {"msgtype": "m.image", "url": "mxc://x/y"}
        place.ana.send(room, {**picture, "body": "IMG_1.jpg"})
        place.ana.send(room, {**picture, "body": "IMG_2.jpg", "filename": "IMG_2.jpg"})
        place.ana.send(room, {**picture, "body": "Our new shelf.", "filename": "IMG_3.jpg"})
        place.ana.send(room, {"m.relates_to": {"rel_type": "m.annotation"}}, kind="m.reaction")

        batches = place.read(place.collector(room))

        assert texts(batches) == ["Our new shelf."]
        assert not skipped(batches)

    def test_what_is_encrypted_is_told(self, place: Place) -> None:
        room = place.room()
        sealed = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "y"}
        for _ in range(2):
            place.ana.send(room, sealed, kind="m.room.encrypted")

        batches = place.read(place.collector(room))

        assert not heard(batches)
        assert skipped(batches) == [f"room {room}: 2 encrypted messages cannot be read"]

    def test_several_rooms_and_one_that_we_are_not_in(self, place: Place) -> None:
        one, another, closed = place.room(), place.room(), place.room(joined=False)
        place.ana.say(one, "Here.")
        place.ana.say(another, "There.")
        place.ana.say(closed, "Elsewhere.")

        batches = place.read(place.collector(one, another, closed))

        assert sorted(texts(batches)) == ["Here.", "There."]
        assert skipped(batches) == [f"room {closed}: the account is not in it; invite it, and let it join"]

    def test_a_room_that_is_added_or_joined_later_is_read_back_too(self, place: Place) -> None:
        one, added, late = place.room(), place.room(), place.room(joined=False)
        cursor = place.read(place.collector(one, late))[-1].cursor
        place.ana.say(added, "Said before it was added.")
        place.ana.say(late, "Said before we came.")
        cursor = place.read(place.collector(one, late), cursor)[-1].cursor
        place.listener.join(late)

        batches = place.read(place.collector(one, added, late), cursor)
        again = place.read(place.collector(one, added, late), batches[-1].cursor)

        assert sorted(texts(batches)) == ["Said before it was added.", "Said before we came."]
        assert texts(again) == []

    def test_a_source_whose_rooms_are_all_closed_waits_for_a_person(self, place: Place) -> None:
        """faults.md 17."""
        with pytest.raises(NeedsAttention, match="invite it"):
            place.read(place.collector(place.room(joined=False)))

    def test_a_room_by_its_alias(self, place: Place) -> None:
        name = f"foodbanks-{next_number()}"
        room = place.room(alias=name)
        place.ana.say(room, "Here.")

        batches = place.read(place.collector(f"#{name}:{place.homeserver}", f"#nowhere:{place.homeserver}"))

        assert texts(batches) == ["Here."]
        assert skipped(batches) == [f"room #nowhere:{place.homeserver}: there is none of this name; check it"]

    def test_a_room_that_goes_on_elsewhere_says_so(self, place: Place) -> None:
        room = place.room()
        cursor = place.read(place.collector(room))[-1].cursor
        path = f"rooms/{quote(room, safe='')}/state/m.room.tombstone/"
        place.ana.call("PUT", path, {"body": "we moved", "replacement_room": "!new:x.example"})

        batches = place.read(place.collector(room), cursor)

        assert skipped(batches) == [f"room {room} goes on as !new:x.example: join it, and put it into rooms"]

    def test_asked_again_it_tells_what_became_of_messages(self, place: Place) -> None:
        """faults.md 26."""
        room, closed = place.room(), place.room()
        same, other, taken = (place.ana.say(room, text) for text in ("same", "before", "taken"))
        hidden = place.ana.say(closed, "hidden")
        place.listener.leave(closed)
        place.ana.edit(room, other, "after")
        place.ana.take_back(room, taken)
        asked = [f"{room}/{event}" for event in (same, other, taken, "$nosuchevent")]

        told = place.collector(room).recheck([*asked, f"{closed}/{hidden}", "nonsense"], place.reach())

        assert [mention.text for mention in told.edited] == ["same", "after"]
        assert list(told.gone) == [f"{room}/{taken}"]

    def test_an_edit_that_is_taken_back_is_found_by_asking_again(self, place: Place) -> None:
        room = place.room()
        event = place.ana.say(room, "before")
        edit = place.ana.edit(room, event, "after")
        place.ana.take_back(room, edit)

        told = place.collector(room).recheck([f"{room}/{event}"], place.reach())

        assert [mention.text for mention in told.edited] == ["before"]

    def test_a_wrong_token_waits_for_a_person(self, place: Place) -> None:
        """faults.md 17, 90."""
        collector = place.collector(place.room(), access_token=Secret("canary-wrong-token"))

        with pytest.raises(NeedsAttention, match="refuses the access token") as error:
            place.read(collector)

        assert "canary" not in f"{error.value!r} {error.value.__cause__!r}"


def _answering(event: str) -> dict[str, Any]:
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event}}}
