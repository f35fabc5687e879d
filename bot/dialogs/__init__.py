"""What takes more than one turn."""
