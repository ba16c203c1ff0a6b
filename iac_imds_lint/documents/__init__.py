"""Readers of YAML and JSON that keep the place of everything."""
