"""The search language: how it is read (parse), what it means in SQL (conditions, plan), how that is told (explain).

One syntax for the command line, rules and saved searches. Reading needs no store: whatever is wrong with a query is
told before anything is asked. docs/search.md explains the language.
"""
