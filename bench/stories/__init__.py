"""How well stories are told apart, on two sets of invented posts: ``python -m bench.stories``."""
