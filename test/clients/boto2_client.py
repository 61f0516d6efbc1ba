"""Calls Cognito Identity through boto 2: a line of JSON in, a line of JSON out."""
import inspect
import json
import re
import sys
from urllib.parse import urlparse

from boto.cognito.identity.layer1 import CognitoIdentityConnection
from boto.exception import BotoServerError

endpoint = urlparse(sys.argv[1])
connection = CognitoIdentityConnection(
    host=endpoint.hostname,
    port=endpoint.port,
    is_secure=False,
    aws_access_key_id="AKIDTEST",
    aws_secret_access_key="secret",
)
connection.num_retries = 0


def snake(name):
    """The names boto 2 gives to operations and members: OpenIdConnectProviderARNs is open_id_connect_provider_ar_ns."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def pascal(name):
    return "".join(part.capitalize() for part in name.split("_"))


inherited = set(dir(CognitoIdentityConnection.__bases__[0])) | {"make_request"}
methods = {
    pascal(name): method
    for name, method in inspect.getmembers(connection, inspect.ismethod)
    if name not in inherited and not name.startswith("_")
}
print(json.dumps(sorted(methods)), flush=True)

for line in sys.stdin:
    call = json.loads(line)
    method = methods[call["operation"]]
    known = inspect.signature(method).parameters
    arguments = {snake(name): value for name, value in call["input"].items() if snake(name) in known}
    try:
        print(json.dumps({"output": method(**arguments)}), flush=True)
    except BotoServerError as error:
        print(json.dumps({"error": str(error)}), flush=True)
