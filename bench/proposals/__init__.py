"""How well promises and thanks are found in replies that the rules were not written with."""
