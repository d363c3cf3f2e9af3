"""What a person at the terminal can put right."""


class Problem(Exception):
    """One line: what is wrong and what to do. Shown without a traceback; the exit code is 1."""
