"""The AWS SDK for C++ inside pyarrow, reading an object whose content says who read it.

The SDK takes new credentials at most every five minutes of a clock that cannot be moved: later is another file system.
"""

import json
import os

import pyarrow
from program import serve
from pyarrow.fs import S3FileSystem


def connect():
    endpoint = os.environ["AWS_ENDPOINT_URL_S3"].removeprefix("http://")
    return S3FileSystem(endpoint_override=endpoint, scheme="http", region=os.environ["AWS_REGION"])


files = connect()


def use(later_seconds):
    with (connect() if later_seconds else files).open_input_stream("whoami/object") as stream:
        return {"arn": json.loads(stream.read())["arn"]}


serve(pyarrow.__version__, use)
