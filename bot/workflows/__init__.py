"""The engine: knows no Teams, no MongoDB, no action by name."""
