"""object_store in Rust inside obstore, reading an object whose content says who read it."""

import json
import os
import time
from importlib.metadata import version

from obstore.store import S3Store
from program import serve

store = S3Store(
    "whoami",
    config={
        "aws_metadata_endpoint": os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"],
        "aws_endpoint": os.environ["AWS_ENDPOINT_URL_S3"],
        "aws_region": os.environ["AWS_REGION"],
        "aws_virtual_hosted_style_request": "false",
    },
    client_options={"allow_http": True},
)


def use(later_seconds):
    if later_seconds:
        time.sleep(0.11)  # it asks at most every 100 ms
    return {"arn": json.loads(bytes(store.get("object").bytes()))["arn"]}


serve(version("obstore"), use)
