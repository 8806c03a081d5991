"""A database's own roles, as the SQL that makes them: whom a template's policies let connect, and what they may do."""
