"""The middle floor: records in, cards out; no I/O, no clock."""
