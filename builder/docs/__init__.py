"""The reference: pages, pictures and the control matrix, generated from templates; none is known by name."""
