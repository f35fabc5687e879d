"""The triggers, one file each; app.py finds them."""
