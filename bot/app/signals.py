"""Ending in an orderly way: Ctrl-C and SIGTERM become an event."""

import asyncio
import signal


def stop_event() -> asyncio.Event:
    """Give an event that is set when the process is asked to end."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wanted, asked.set)
    return asked
