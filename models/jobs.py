"""Where the worker's queue stands: tables of pgqueuer, which are no tables of ours and have a schema of their own."""

SCHEMA = "pgqueuer"
LOG_KEPT_DAYS = 30

ENQUEUE_WAITING = "select enqueue_mail(mail) from mail where state = 'QUEUED'"
"""Give each mail that waits a job, if it has none: migration 0005 does so when a mail is posted."""

GIVE_BACK = f"delete from {SCHEMA}.pgqueuer where queue_manager_id = $1 and status = 'picked'"  # noqa: S608
"""End the jobs that a worker has in hand; those of mails are made anew by the statement above."""

FORGET_JOBS = (
    f"delete from {SCHEMA}.pgqueuer_log where created < now() - interval '{LOG_KEPT_DAYS} days'",  # noqa: S608
    f"delete from {SCHEMA}.pgqueuer_statistics where created < now() - interval '{LOG_KEPT_DAYS} days'",  # noqa: S608
)
"""Forget the jobs that were done."""
