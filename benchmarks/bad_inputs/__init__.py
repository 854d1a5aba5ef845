"""Bad inputs through the real stages and commands: which are named, and what becomes of the others."""
