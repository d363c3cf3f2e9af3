"""Rounds of simultaneous posts to the pages of checks: one outcome each, and a word to everybody else.

Pages are read with BeautifulSoup; it is a development dependency.
"""
