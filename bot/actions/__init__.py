"""The actions, one file each; app.py finds them."""
