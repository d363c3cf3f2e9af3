"""Lists of companies from approved partners: columns, files and rows, before the database."""
