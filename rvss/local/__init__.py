"""The parts that a developer's machine and the tests need: PostgreSQL, Redis and clamd without a container.

Nothing in the running service imports this package; its wheels are development dependencies.
"""
