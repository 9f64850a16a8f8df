"""Rules that watch counts: whether a spike, a shift or a silence is there, and whether that is news. Pure."""
