"""What Slack's own Python SDK says of our work. Needs slack_sdk, jsonschema and pyyaml; scripts/test installs them.

  slack_sdk_check.py signatures          prints signed requests, one JSON object a line, for our verifier
  slack_sdk_check.py blocks  < payloads  reads messages and views, one a line; fails where the SDK finds a fault
  slack_sdk_check.py manifest SCHEMAS  < manifest.yaml  validates against the official schema in that folder
"""

import json
import pathlib
import random
import sys


def signatures():
    from slack_sdk.signature import SignatureVerifier

    chance = random.Random(20260501)
    for case in range(200):
        secret = "".join(chance.choices("0123456789abcdef", k=32))
        letters = "abc&=+%<>äöü漢🙂\n\"\\"
        body = "".join(chance.choices(letters, k=chance.randrange(0, 400)))
        at = str(1_778_500_000 + case)
        signature = SignatureVerifier(secret).generate_signature(timestamp=at, body=body)
        print(json.dumps({"secret": secret, "timestamp": at, "body": body, "signature": signature}))


def nodes(value):
    """Every object of the SDK below and including `value`."""
    from slack_sdk.models.basic_objects import JsonObject

    if isinstance(value, JsonObject):
        yield value
        for inner in vars(value).values():
            yield from nodes(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from nodes(inner)


def blocks():
    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    faults = count = 0
    for number, line in enumerate(sys.stdin, 1):
        payload = json.loads(line)
        count += 1
        try:
            parsed = Block.parse_all(payload["blocks"])
            checked = list(parsed)
            if payload.get("type") in ("modal", "home"):
                checked.append(View(**payload))
            for top in checked:
                for node in nodes(top):
                    node.validate_json()
            back = [block.to_dict() for block in parsed]
            if back != payload["blocks"]:
                differing = next(pair for pair in zip(payload["blocks"], back) if pair[0] != pair[1])
                raise ValueError(f"not read as it was written: {differing}")
        except Exception as fault:  # whatever the SDK raises is its verdict
            faults += 1
            print(f"line {number}: {type(fault).__name__}: {fault}", file=sys.stderr)
    print(f"{count} payloads, {faults} faults")
    sys.exit(1 if faults or not count else 0)


def manifest(folder):
    import jsonschema
    import yaml
    from jsonschema.validators import validator_for
    from referencing import Registry, Resource

    folder = pathlib.Path(folder)
    origin = "https://raw.githubusercontent.com/slackapi/manifest-schema/v0.5.0/schemas/"
    registry = Registry()
    for version in ("1.0.0", "2.0.0"):
        schema = json.loads((folder / f"slack-manifest.schema.{version}.json").read_text())
        registry = registry.with_resource(f"{origin}manifest.schema.{version}.json", Resource.from_contents(schema))
    root = json.loads((folder / "slack-manifest.schema.json").read_text())
    validator = validator_for(root)(root, registry=registry)
    wrong = jsonschema.exceptions.best_match(validator.iter_errors(yaml.safe_load(sys.stdin.read())))
    if wrong is not None:
        sys.exit(f"{wrong.json_path}: {wrong.message}")
    print("valid")


if __name__ == "__main__":
    {"signatures": signatures, "blocks": blocks, "manifest": manifest}[sys.argv[1]](*sys.argv[2:])
