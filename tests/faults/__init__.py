"""Single faults seeded into the project's own templates, and who catches them."""
