"""Every index: those of the stored contract, and those our own queries need."""

from pymongo import IndexModel

_DAY_SECONDS = 24 * 60 * 60
_HAS_KEY = {"key": {"$type": "string"}}
_RUNNING = {"status": "running"}
_BEHIND = {"cardBehind": True, "cardActivityId": {"$type": "string"}}

INDEXES: dict[str, list[IndexModel]] = {
    "users": [
        IndexModel([("microsoftId", 1)], unique=True),
        IndexModel([("email", 1)], unique=True),
    ],
    "workflows": [
        IndexModel([("userId", 1)]),
        IndexModel([("userId", 1), ("createdAt", -1)]),
        # Our own: what others shared.
        IndexModel([("sharedWith.id", 1)], sparse=True),
    ],
    "executionlogs": [
        IndexModel([("userId", 1)]),
        IndexModel([("workflowId", 1)]),
        IndexModel([("userId", 1), ("executedAt", -1)]),
        # Our own: lists, the last run of each workflow, short ids, repeats, and the queue.
        IndexModel(
            [("userId", 1), ("sortAt", -1), ("executedAt", -1), ("createdAt", -1), ("_id", -1)],
            name="userId_1_place",
        ),
        IndexModel([("workflowId", 1), ("createdAt", -1)]),
        IndexModel([("shortId", 1)], unique=True, sparse=True),
        IndexModel([("idempotencyKey", 1)], unique=True, sparse=True),
        IndexModel([("status", 1), ("dueAt", 1), ("_id", 1)], partialFilterExpression=_RUNNING),
        IndexModel(
            [("userId", 1), ("status", 1), ("dueAt", 1)],
            name="userId_1_due",
            partialFilterExpression=_RUNNING,
        ),
        IndexModel([("status", 1), ("leasedUntil", 1)], partialFilterExpression=_RUNNING),
        IndexModel([("cardActivityId", 1)], sparse=True),
        IndexModel([("updatedAt", 1)], name="card_behind", partialFilterExpression=_BEHIND),
    ],
    "records": [
        IndexModel([("userId", 1), ("name", 1), ("savedAt", -1)]),
        IndexModel(
            [("userId", 1), ("name", 1), ("key", 1)],
            unique=True,
            partialFilterExpression=_HAS_KEY,
        ),
    ],
    "dialogstate": [IndexModel([("exp", 1)], expireAfterSeconds=0)],
    "conversations": [IndexModel([("userId", 1), ("updatedAt", -1)])],
    "deliveries": [IndexModel([("at", 1)], expireAfterSeconds=_DAY_SECONDS)],
    "signins": [
        IndexModel([("userId", 1)]),
        IndexModel([("exp", 1)], expireAfterSeconds=0),
    ],
    "handovers": [
        IndexModel([("userId", 1)]),
        IndexModel([("expiresAt", 1)], expireAfterSeconds=0),
    ],
    "meetings": [
        IndexModel([("userId", 1)]),
        IndexModel([("expiresAt", 1)], expireAfterSeconds=0),
    ],
}
