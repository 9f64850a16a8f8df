"""The documents, and the programs that write what they take from the code."""
