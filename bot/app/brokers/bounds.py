"""What all brokers are held to."""

NAME = "consultflow"
# Ids in a queue at most; the oldest are dropped first. Each is some 300 bytes, so that a full queue
# is 3 MB of the broker's, and what is dropped has been due for longest: the sweep, which looks for
# the oldest first, is on its way to it.
MOST_IDS = 10_000
# A broker that does not answer for this long is away.
PATIENCE_SECONDS = 5
# After this long a listener that hears nothing makes sure that its broker is still there.
LISTEN_SECONDS = 1
