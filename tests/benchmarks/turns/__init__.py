"""Turns a second and CPU per turn: ours, the stock adapter, and aiohttp with nothing on top."""
