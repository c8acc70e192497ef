//! What the API itself sends: the `webhooks` part of the document.

use serde_json::{Value, json};

/// Describes the message that webhooks get. Its schema comes with the operation that reads a delivery.
pub(super) fn describe(document: &mut Value) {
    let header = |name: &str, description: &str, example: Value| json!({ "name": name, "in": "header", "required": true, "description": description, "schema": { "type": "string" }, "example": example });
    let description = "Sent to each webhook that asks for it, signed as the Standard Webhooks specification (https://www.standardwebhooks.com) says.";
    document["webhooks"]["event"]["post"] = json!({
        "operationId": "receiveEvent",
        "tags": ["webhooks"],
        "summary": "Something happened",
        "description": description,
        "security": [],
        "parameters": [
            header("webhook-id", "The same however often the message comes", json!("01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e")),
            header("webhook-timestamp", "When this attempt was made, seconds since 1970", json!("1795176000")),
            header("webhook-signature", "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; two, with a space between, while a secret is replaced", json!("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")),
        ],
        "requestBody": {
            "required": true,
            "description": "What happened",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/WebhookMessage" } } },
        },
        "responses": {
            "2XX": { "description": "Taken" },
            "default": { "description": "410: never again, the webhook is switched off. Anything else: it is tried again for a day; Retry-After is respected" },
        },
    });
}
