"""The pro-forma: a plan's points as a document that is filled in offline and read back.

`content` is what every format holds, `composing` the order of the document, `docx_writing` and `odt_writing`
its two dresses; `reading` is the one door back in. docs/pro-forma.md and docs/adr/0016 say why.
"""
