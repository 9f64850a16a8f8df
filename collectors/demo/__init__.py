"""The demo community: one invented town that talks about its food network, served on loopback.

    with serve(datetime.now(UTC)) as community:
        text = community.configuration(smtp_port=2525)  # an earshot.toml that listens to it
        …                                               # first poll
        community.advance()
        …                                               # second poll: an edit, a late post, a feed that is back

Everybody and everything in it is invented, and every address ends in ``.example``. ``truths()`` says of each item
what its words say, written by hand; it is never bent towards what analysis finds.
"""

from collectors.demo.server import Community, serve
from collectors.demo.truth import Truth, truths

__all__ = ["Community", "Truth", "serve", "truths"]
