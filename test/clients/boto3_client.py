"""Calls Cognito Identity through boto3: a line of JSON in, a line of JSON out."""
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

client = boto3.client(
    "cognito-identity",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="AKIDTEST",
    aws_secret_access_key="secret",
    config=Config(retries={"total_max_attempts": 1}),
)
methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
print(json.dumps(sorted(methods)), flush=True)

for line in sys.stdin:
    call = json.loads(line)
    try:
        output = getattr(client, methods[call["operation"]])(**call["input"])
        print(json.dumps({"output": output}, default=str), flush=True)
    except ClientError as error:
        print(json.dumps({"error": str(error)}), flush=True)
