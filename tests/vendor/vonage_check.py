"""Asks Vonage's own Python packages what they think of what we write.

Usage: vonage_check.py DIRECTORY [vonage-voice.yml]

Reads from DIRECTORY: nccos.json, requests.json, tokens.json, webhooks.json (see vonage_vendor.rs, which writes them).
Writes to DIRECTORY: signed.json, webhooks signed by the JWT library that the vendor uses, for our verifier.
"""

import base64
import hashlib
import json
import pathlib
import sys

import jwt
import vonage_voice as v
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from vonage_jwt import JwtClient, VonageVerifyJwtError, verify_signature
from vonage_voice.models.connect_endpoints import PhoneEndpoint
from vonage_utils.types import Dtmf, PhoneNumber
from pydantic import TypeAdapter

# Never through a Union: `Record` has optional fields only and would take every broken action for itself.
KIND = {
    kind.__name__.lower(): kind
    for kind in (v.Record, v.Conversation, v.Connect, v.Input, v.Talk, v.Stream, v.Notify, v.Wait, v.Transfer)
}

# In the documents and the other SDKs, but not in the Python models.
UNKNOWN_TO_PYTHON = {"input": {"mode"}}


def same(ours, theirs, where):
    """Unknown keys are dropped by the models, not rejected: what comes out must be what went in."""
    if isinstance(ours, dict):
        lost = set(ours) - set(theirs)
        assert not lost, f"{where}: unknown to the model: {sorted(lost)}"
        for key in ours:
            same(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), f"{where}: another length"
        for index, (one, other) in enumerate(zip(ours, theirs)):
            same(one, other, f"{where}[{index}]")
    else:
        assert ours == theirs, f"{where}: {ours!r} became {theirs!r}"


def modelled(kind, source):
    fields = dict(source)
    if "from" in fields:
        fields["from_"] = fields.pop("from")  # `from` is an alias for output only
    return json.loads(kind(**fields).model_dump_json(by_alias=True, exclude_none=True))


def check_ncco(name, ncco):
    assert isinstance(ncco, list) and ncco, f"{name}: not a list of actions"
    may_interrupt = False
    for index, action in enumerate(ncco):
        where = f"{name}[{index}]"
        kind = action["action"]
        known = {key: value for key, value in action.items() if key not in UNKNOWN_TO_PYTHON.get(kind, set())}
        same(known, modelled(KIND[kind], known), where)
        if kind == "connect":
            (endpoint,) = action["endpoint"]
            assert endpoint["type"] == "phone", f"{where}: another endpoint"
            same(endpoint, modelled(PhoneEndpoint, endpoint), where)
        # The documents' rules that no model knows.
        if may_interrupt:
            assert kind in ("talk", "stream", "input"), f"{where}: bargeIn wants an input next"
        may_interrupt = kind in ("talk", "stream") and (may_interrupt or action.get("bargeIn", False))
        assert len(action.get("text", "x")) in range(1, 1501), f"{where}: text"
        if action.get("mode") == "asynchronous":
            assert "dtmf" not in action, f"{where}: dtmf settings in asynchronous mode"
    assert not may_interrupt, f"{name}: bargeIn without an input"


def check_request(request):
    path, method, body = request["path"], request["method"], request["body"]
    below = path.removeprefix("/v1/calls").strip("/").split("/")
    where = f"{method} {path}"
    if method == "POST":
        same(body, modelled(v.CreateCallRequest, body), where)
        number = TypeAdapter(PhoneNumber)
        for end in [*body["to"], body["from"]]:
            number.validate_python(end["number"])
        same(body["to"][0], modelled(v.ToPhone, body["to"][0]), where)
    elif method == "GET":
        query = {key: int(value) if value.isdigit() else value for key, value in request["query"].items()}
        same(query, modelled(v.ListCallsFilter, query), where)
    elif below[1:] == ["talk"]:
        same(body, modelled(v.TtsStreamOptions, body), where)
    elif below[1:] == ["dtmf"]:
        TypeAdapter(Dtmf).validate_python(body["digits"])
    elif body.get("action") == "transfer":
        check_ncco(where, body["destination"]["ncco"])


def resolved(node, root):
    """The document's references, written out, with its one bug mended."""
    if isinstance(node, dict):
        if "$ref" in node:
            target = root
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return resolved(target, root)
        # Strict validators stumble over a boolean's default that is a string; discriminators need the references.
        return {
            key: resolved(value, root)
            for key, value in node.items()
            if key not in ("discriminator", "default", "example")
        }
    return [resolved(value, root) for value in node] if isinstance(node, list) else node


def check_against_document(requests, path):
    document = yaml.safe_load(pathlib.Path(path).read_text())
    for request in requests:
        if request["method"] == "GET":
            continue
        below = request["path"].removeprefix("/v1/calls").strip("/").split("/")
        template = "/" if below == [""] else "/".join(["", "{uuid}", *below[1:]])
        operation = document["paths"][template][request["method"].lower()]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        validator = OAS30Validator(resolved(schema, document), format_checker=oas30_format_checker)
        body = request["body"]
        errors = [error.message for error in validator.iter_errors(body)]
        if body.get("action") in ("hangup", "mute", "unmute"):
            # The document tells these five apart by nothing: each fits the schema of each.
            errors = [error for error in errors if "is valid under each of" not in error]
        assert not errors, f"{request['method']} {request['path']}: {errors}"
    return len(requests)


def check_tokens(tokens):
    for token in tokens["tokens"]:
        assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT"}
        claims = jwt.decode(token, tokens["public_key"], algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False})
        sample = jwt.decode(
            JwtClient(tokens["application_id"], tokens["private_key"]).generate_application_jwt(),
            options={"verify_signature": False},
        )
        assert set(claims) == set(sample), f"claims: ours {sorted(claims)}, theirs {sorted(sample)}"
        assert claims["exp"] - claims["iat"] == sample["exp"] - sample["iat"]
        assert claims["application_id"] == tokens["application_id"]


def check_webhooks(webhooks):
    for webhook in webhooks:
        try:
            accepted = verify_signature(webhook["token"], webhook["secret"])
        except VonageVerifyJwtError:
            accepted = False
        assert accepted == webhook["their_verdict"], f"{webhook['name']}: the vendor says {accepted}"


def sign_webhooks(directory):
    signed = []
    for case in json.loads((directory / "to_sign.json").read_text()):
        body = base64.b64decode(case["body"])
        claims = {**case["claims"], "payload_hash": hashlib.sha256(body).hexdigest()}
        signed.append({"body": case["body"], "token": jwt.encode(claims, case["secret"], algorithm="HS256")})
    (directory / "signed.json").write_text(json.dumps(signed))


def main():
    directory = pathlib.Path(sys.argv[1])
    read = lambda name: json.loads((directory / name).read_text())
    nccos, requests, webhooks = read("nccos.json"), read("requests.json"), read("webhooks.json")
    for name, ncco in nccos.items():
        check_ncco(name, ncco)
    for request in requests:
        check_request(request)
    check_tokens(read("tokens.json"))
    check_webhooks(webhooks)
    sign_webhooks(directory)
    print(f"{len(nccos)} NCCOs, {len(requests)} requests and {len(webhooks)} tokens are as the vendor's packages want them")
    if len(sys.argv) > 2:
        print(f"{check_against_document(requests, sys.argv[2])} requests are as the vendor's OpenAPI document wants them")


main()
