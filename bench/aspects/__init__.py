"""How well the feeling towards each who is named is told apart."""
