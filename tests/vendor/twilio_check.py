"""Asks Twilio's own packages what they think of what we write.

Usage: twilio_check.py DIRECTORY [twilio-voice-subset.json] [VoiceResponse.d.ts]

Reads from DIRECTORY: twiml.json, requests.json, webhooks.json (see twilio_vendor.rs, which writes them).
Writes to DIRECTORY: signed.json, webhooks signed by the vendor's validator, for our verifier.
"""

import inspect
import json
import pathlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree as xml

from openapi_schema_validator import OAS30Validator
from twilio.request_validator import RequestValidator
from twilio.twiml import voice_response as v

# Which builder's method makes an element, by the element that holds it.
BUILDERS = {
    ("Response", "Say"): v.VoiceResponse.say,
    ("Response", "Play"): v.VoiceResponse.play,
    ("Response", "Pause"): v.VoiceResponse.pause,
    ("Response", "Gather"): v.VoiceResponse.gather,
    ("Response", "Dial"): v.VoiceResponse.dial,
    ("Response", "Reject"): v.VoiceResponse.reject,
    ("Response", "Hangup"): v.VoiceResponse.hangup,
    ("Response", "Redirect"): v.VoiceResponse.redirect,
    ("Response", "Connect"): v.VoiceResponse.connect,
    ("Response", "Start"): v.VoiceResponse.start,
    ("Gather", "Say"): v.Gather.say,
    ("Dial", "Conference"): v.Dial.conference,
    ("Dial", "Number"): v.Dial.number,
    ("Connect", "Stream"): v.Connect.stream,
    ("Start", "Stream"): v.Start.stream,
    ("Stream", "Parameter"): v.Stream.parameter,
}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def check_twiml(name, text, typed):
    root = xml.fromstring(text)
    assert root.tag == "Response" and not root.attrib, name

    def check(parent, element):
        where = f"{name}: <{element.tag}>"
        builder = BUILDERS.get((parent.tag, element.tag))
        assert builder, f"{where} inside <{parent.tag}> is not known to the package"
        known = {camel(parameter) for parameter in inspect.signature(builder).parameters}
        assert set(element.attrib) <= known, f"{where}: unknown: {sorted(set(element.attrib) - known)}"
        if typed and element.tag != "Parameter":
            check_types(where, element, typed)
        for child in element:
            check(element, child)

    for index, verb in enumerate(root):
        check(root, verb)
        assert verb.tag != "Reject" or index == 0, f"{name}: only the first verb refuses"


def check_types(where, element, typed):
    """The attributes and their words, as the package for Node.js declares them."""
    declared = re.search(rf"interface {element.tag}Attributes \{{(.*?)\n    \}}", typed, re.S)
    attributes = dict(re.findall(r"^\s+(\w+)\?: ([^;]+);", declared.group(1), re.M)) if declared else {}
    # In the documents, the attribute of a conference; the declared ones lag behind nothing else.
    for name, value in element.attrib.items():
        assert name in attributes, f"{where}: {name} is not declared"
        kind = attributes[name]
        words = re.search(rf"type {kind.removesuffix('[]')} = ([^;]+);", typed)
        if kind == "number":
            assert value.isdigit(), f"{where}: {name}={value}"
        elif kind == "boolean":
            assert value in ("true", "false"), f"{where}: {name}={value}"
        elif words:
            for word in value.split(" "):
                assert f'"{word}"' in words.group(1), f"{where}: {name}={word} is not declared"


def check_requests(requests, document):
    checked = 0
    for request in requests:
        template, operation = operation_of(request, document)
        if not operation:
            # Live audio's own paths are not in the subset.
            assert "/Streams" in request["path"], f"{request['path']} is not in the document"
            continue
        if request["method"] == "GET":
            named = {parameter["name"] for parameter in operation["parameters"]}
            unknown = {name for name, _ in request["query"]} - named
            assert not unknown, f"{request['path']}: unknown: {sorted(unknown)}"
        else:
            content = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
            check_form(request, resolved(content["schema"], document))
        checked += 1
    return checked


def operation_of(request, document):
    for template, methods in document["paths"].items():
        pattern = "^" + re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)) + "$"
        if re.match(pattern, request["path"]) and request["method"].lower() in methods:
            operation = methods[request["method"].lower()]
            return template, {**operation, "parameters": operation.get("parameters", []) + methods.get("parameters", [])}
    return None, None


def check_form(request, schema):
    form = {}
    for name, value in request["form"]:
        assert name in schema["properties"], f"{request['path']}: {name} is not in the document"
        kind = schema["properties"][name].get("type")
        if kind == "array":
            form.setdefault(name, []).append(value)
        else:
            assert name not in form, f"{request['path']}: {name} twice"
            form[name] = int(value) if kind == "integer" else value == "true" if kind == "boolean" else value
    errors = [error.message for error in OAS30Validator(schema).iter_errors(form)]
    assert not errors, f"{request['path']}: {errors}"


def resolved(node, root):
    if isinstance(node, dict):
        if "$ref" in node:
            target = root
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return resolved(target, root)
        return {key: resolved(value, root) for key, value in node.items() if key not in ("default", "example")}
    return [resolved(value, root) for value in node] if isinstance(node, list) else node


def check_webhooks(webhooks):
    for webhook in webhooks:
        validator = RequestValidator(webhook["token"])
        accepted = validator.validate(webhook["url"], parameters(webhook["form"]), webhook["signature"])
        assert accepted == webhook["their_verdict"], f"{webhook['name']}: the vendor says {accepted}"


def sign_webhooks(directory):
    signed = []
    for webhook in json.loads((directory / "to_sign.json").read_text()):
        validator = RequestValidator(webhook["token"])
        signature = validator.compute_signature(webhook["url"], parameters(webhook["form"]))
        signed.append({**webhook, "signature": signature})
    (directory / "signed.json").write_text(json.dumps(signed))


class Several(dict):
    """What web frameworks hand over: a name may have several values."""

    def getall(self, name):
        return self[name]


def parameters(form):
    several = Several()
    for name, value in urllib.parse.parse_qsl(form, keep_blank_values=True):
        several.setdefault(name, []).append(value)
    return several


def main():
    directory = pathlib.Path(sys.argv[1])
    read = lambda name: json.loads((directory / name).read_text())
    more = [pathlib.Path(argument) for argument in sys.argv[2:]]
    typed = next((path.read_text() for path in more if path.suffix == ".ts"), None)
    document = next((json.loads(path.read_text()) for path in more if path.suffix == ".json"), None)
    twiml, requests, webhooks = read("twiml.json"), read("requests.json"), read("webhooks.json")
    for name, text in twiml.items():
        check_twiml(name, text, typed)
    check_webhooks(webhooks)
    sign_webhooks(directory)
    print(f"{len(twiml)} documents and {len(webhooks)} signatures are as the vendor's packages want them")
    if document:
        print(f"{check_requests(requests, document)} requests are as the vendor's OpenAPI document wants them")


main()
