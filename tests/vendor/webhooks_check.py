"""Checks messages to webhooks with the Standard Webhooks specification's own library.

Reads a file of {"secret": …, "messages": [{"headers": {…}, "body": …}]}; fails unless each message verifies, and unless the same
message with another body or another secret does not.
"""

import base64
import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

with open(sys.argv[1], encoding="utf-8") as file:
    given = json.load(file)
assert given["messages"], "there is nothing to check"


def verifies(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
        return True
    except WebhookVerificationError:
        return False


stranger = "whsec_" + base64.b64encode(b"0" * 32).decode()
for message in given["messages"]:
    body, headers = message["body"], message["headers"]
    assert verifies(given["secret"], body, headers), f"not signed as it should be: {headers}"
    assert not verifies(given["secret"], body + " ", headers), "another body verifies"
    assert not verifies(stranger, body, headers), "another secret verifies"
    assert not verifies(given["secret"], body, headers | {"webhook-id": "another"}), "another id verifies"
print(f"{len(given['messages'])} messages verify")
