"""Taskiq and the brokers it speaks to: the only room that names them.

A queue carries run ids, and an id is only a hint: the execution log is the record, and every
worker's sweep finds within seconds what no message told of. So nothing here is kept for long,
stored twice, retried, or waited for: an id is acknowledged when it arrives, the queues are bounded,
and a broker that lost everything has lost nothing.
"""
