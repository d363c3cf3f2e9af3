"""Reads an uploaded security plan and suggests which passages speak to which point of the code.

Plain Python: no Django, no network, no model weights. `extract.read_document` turns a file into passages,
`rank.suggest` ranks them for each point, `rank.as_json` is the shape that pages and `read_plan` show.
"""
