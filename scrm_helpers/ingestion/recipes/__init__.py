"""Recipes, one file per family of systems; each is found by itself."""
