"""Requests that nobody would send, to every operation of the API, until there were enough.

schemathesis makes them from the API's own description; it is a development dependency.
"""
