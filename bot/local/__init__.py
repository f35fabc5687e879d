"""`consultflow local`: an embedded MongoDB and stand-ins for what Microsoft hosts."""
