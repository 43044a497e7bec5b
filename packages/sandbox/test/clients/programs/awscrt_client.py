"""The common runtime (awscrt): its chain of credentials and its signer, with a plain HTTP client for the request."""

import os
import re
from importlib.metadata import version
from io import BytesIO
from urllib.request import Request, urlopen

from awscrt.auth import AwsCredentialsProvider, AwsSigningConfig, aws_sign_request
from awscrt.http import HttpHeaders, HttpRequest
from program import serve

STS = os.environ["AWS_ENDPOINT_URL_STS"]
BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
provider = AwsCredentialsProvider.new_default_chain()


def use(_later_seconds):
    credentials = provider.get_credentials().result()
    config = AwsSigningConfig(credentials_provider=provider, region=os.environ["AWS_REGION"], service="sts")
    headers = HttpHeaders([("host", STS.removeprefix("http://")), ("content-type", "application/x-www-form-urlencoded")])
    signed = aws_sign_request(HttpRequest("POST", "/", headers, BytesIO(BODY)), config).result()
    with urlopen(Request(STS, BODY, dict(signed.headers))) as response:
        arn = re.search("<Arn>(.*)</Arn>", response.read().decode()).group(1)
    return {"arn": arn, "expiration": int(credentials.expiration.timestamp())}


serve(version("awscrt"), use)
