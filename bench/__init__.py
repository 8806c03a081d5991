"""Measures how well the builder does: whole processes, in one run, so that the ratios mean something on any machine."""
