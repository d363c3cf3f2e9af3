"""Files that nobody should upload, sent through the real pages, the real scanner and the reader.

pikepdf makes some of them; it is a development dependency.
"""
