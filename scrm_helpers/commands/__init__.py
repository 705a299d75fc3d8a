"""The commands, by subject; `python -m scrm_helpers --help` lists them. A command imports what it needs when it is called."""
