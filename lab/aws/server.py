"""moto's server, which heeds what a bucket's policy says of the connection.

moto 5.2 refuses whatever a statement with a condition speaks of, whether the condition is met or not. The house refuses
connections in plain text, so nobody could put anything into its buckets. Here each request counts as one over TLS 1.3:
what stands in for AWS speaks no TLS.
"""

import json

from moto.iam.access_control import IAMPolicy
from moto.s3.models import FakeBucket
from moto.server import main

CONNECTION = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
OPERATORS = {
    "Bool": lambda actual, wanted: actual == wanted.lower(),
    "NumericLessThan": lambda actual, wanted: float(actual) < float(wanted),
}

as_moto_does = FakeBucket.get_permission


def is_met(operator, key, wanted):
    values = wanted if isinstance(wanted, list) else [wanted]
    return any(OPERATORS[operator](CONNECTION[key], str(value)) for value in values)


def is_of_the_connection(conditions):
    return all(operator in OPERATORS and set(keys) <= set(CONNECTION) for operator, keys in conditions.items())


def spoken_of(statement):
    """The statement without the conditions that are met; nothing where one is not."""
    conditions = statement.get("Condition", {})
    if not is_of_the_connection(conditions):
        return [statement]
    if not all(is_met(operator, key, wanted) for operator, keys in conditions.items() for key, wanted in keys.items()):
        return []
    return [{key: value for key, value in statement.items() if key != "Condition"}]


def get_permission(bucket, action, resource):
    if bucket.policy is None:
        return as_moto_does(bucket, action, resource)
    document = json.loads(bucket.policy)
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    heeded = [part for statement in listed for part in spoken_of(statement)]
    return IAMPolicy(json.dumps({**document, "Statement": heeded})).is_action_permitted(action, resource)


FakeBucket.get_permission = get_permission

if __name__ == "__main__":
    main()
