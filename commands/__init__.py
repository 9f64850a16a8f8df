"""The verbs of the command line, one file each. They parse, call and print; what happens is in the rooms below.

A command's module is light: what takes time to import is imported where the command runs.
"""
