"""What every client program here has in common: a line of standard input asks for a use of the client, a line of JSON answers."""

import json
import sys


def serve(version, use):
    """Says the version, then answers each line.

    Args:
        version: of the client, as its package has it.
        use: takes how many seconds the client is to believe have passed since its start, and answers a dict with who the
            client turned out to be ("arn") and, where the client tells, until when it takes its credentials for good
            ("expiration", whole seconds since 1970).
    """
    print(json.dumps({"version": version}), flush=True)
    for line in sys.stdin:
        try:
            answer = use(int(line))
        except Exception as error:  # whatever the client raises is its answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
