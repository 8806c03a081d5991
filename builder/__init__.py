"""How templates are loaded, evaluated, written and checked. Knows no stack by name."""
