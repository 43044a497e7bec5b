"""boto3 with one session. The session's credentials read the time from a function, which is moved on."""

import datetime

import boto3
from program import serve

session = boto3.Session()


def use(later_seconds):
    credentials = session.get_credentials()
    if credentials is not None:
        later = datetime.timedelta(seconds=later_seconds)
        credentials._time_fetcher = lambda: datetime.datetime.now(datetime.timezone.utc) + later
    arn = session.client("sts").get_caller_identity()["Arn"]
    return {"arn": arn, "expiration": int(credentials._expiry_time.timestamp())}


serve(boto3.__version__, use)
