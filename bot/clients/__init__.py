"""Services we call."""
