"""Requests we do not take, as HTTP says it. The caller learns the status, the log the reason."""

from aiohttp import web

UNAVAILABLE = 503


class RefusalError(Exception):
    """A request that is not let in; str() is the reason, for the log."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status

    def response(self) -> web.Response:
        """Give the answer: a status and nothing else, the same for every reason behind it."""
        response = web.Response(status=self.status)
        if self.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        elif self.status == 405:
            response.headers["Allow"] = "POST"
        elif self.status == UNAVAILABLE:
            response.headers["Retry-After"] = "5"
        elif self.status in (408, 413):
            response.force_close()  # the rest of the body is not waited for
        return response
