"""Runs a second over the bare writes they are made of, in one process and through a broker."""
