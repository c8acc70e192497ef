"""What the fuzzer is told about this API: how to sign in, and that a stream of events has no end."""

import os
import random
import uuid
from collections import defaultdict

import requests
import schemathesis

API = os.environ["API"]
ACCOUNT = {"email": os.environ["FUZZ_EMAIL"], "password": os.environ["FUZZ_PASSWORD"]}
SIGN_IN_AGAIN_SECONDS = 300


@schemathesis.auth(refresh_interval=SIGN_IN_AGAIN_SECONDS)
class Owner:
    """The owner of a firm. Signs in anew once in a while: the fuzzer signs out as well."""

    def get(self, case, context):
        answer = requests.post(f"{API}/v1/sessions", json=ACCOUNT, timeout=30)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


_send = requests.adapters.HTTPAdapter.send


def first_words_of_a_stream(adapter, request, **options):
    """Reads a stream of events up to the first one: the rest would be waited for."""
    answer = _send(adapter, request, **{**options, "stream": True})
    if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        answer._content = next(answer.iter_content(64 * 1024), b"")
        answer.close()
    return answer


requests.adapters.HTTPAdapter.send = first_words_of_a_stream


# Ids that the API has answered, by collection: an operation upon a thing needs one that is there.
_seen = defaultdict(list)
_random = random.Random(os.environ["FUZZ_SEED"])


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code not in (200, 201) or "application/json" not in str(response.headers.get("content-type")):
        return
    told = response.json()
    things = told.get("items", [told]) if isinstance(told, dict) else []
    collection = [part for part in case.path.split("/") if not part.startswith("{")][-1]
    for thing in things:
        if isinstance(thing, dict) and isinstance(thing.get("id"), str) and thing["id"] not in _seen[collection]:
            _seen[collection].append(thing["id"])


def use_what_is_there(case):
    parts = case.path.split("/")
    for before, part in zip(parts, parts[1:]):
        name = part.strip("{}")
        given = (case.path_parameters or {}).get(name)
        # An id that was answered stays: whoever follows a thing from where it was made asks for this one, and another may be gone.
        if part.startswith("{") and _seen[before] and is_uuid(given) and given not in _seen[before] and _random.random() < 0.7:
            case.path_parameters[name] = _random.choice(_seen[before][-20:])


def is_uuid(value):
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


@schemathesis.hook
def before_call(context, case, kwargs):
    use_what_is_there(case)
    give_a_fresh_key(case)
    give_the_right_password(case)


def give_a_fresh_key(case):
    """A key that was used for another request is refused, as it should be: each request gets its own."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and 1 <= len(key) <= 200 and key.isascii() and key.isprintable():
        case.headers["Idempotency-Key"] = str(uuid.uuid4())


def give_the_right_password(case):
    """Nobody guesses it, and ten wrong ones close the door for a quarter of an hour. Where it only proves who asks, it changes nothing."""
    body = case.body
    if case.path.startswith("/v1/me/second-factor") and isinstance(body, dict):
        password = body.get("password")
        if isinstance(password, str) and 1 <= len(password) <= 200:
            case.body = {**body, "password": ACCOUNT["password"]}


@schemathesis.hook("after_call")
def prove_it_after_a_wrong_one(context, case, response):
    """Where the right one would change it, the wrong ones are forgotten by proving it elsewhere."""
    if case.path == "/v1/me/password" and response.status_code == 401:
        headers = {"Authorization": response.request.headers.get("Authorization", "")}
        password = {"password": ACCOUNT["password"]}
        requests.post(f"{API}/v1/me/second-factor", json=password, headers=headers, timeout=30)


@schemathesis.serializer("audio/wav")
def sound(context, value):
    """Bytes are sent as they are; what is none, as its text."""
    data = getattr(value, "data", value)
    return data if isinstance(data, bytes) else str(data).encode()
