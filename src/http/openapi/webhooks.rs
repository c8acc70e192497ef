//! What the API itself sends: the `webhooks` part of the document.

use serde_json::{Value, json};

/// Each kind of message has a schema of its own: id, version and time beside its type and data.
pub(super) fn name_messages(schemas: &mut Value) {
    let kinds = schemas["WebhookEvent"]["oneOf"].as_array().cloned().unwrap_or_default();
    let parts = schemas["WebhookMessage"]["allOf"].as_array().cloned().unwrap_or_default();
    let Some(common) = parts.into_iter().find(|part| part.get("properties").is_some()) else {
        return;
    };
    let mut references = Vec::new();
    for mut kind in kinds {
        let data = kind["properties"]["data"]["$ref"].as_str().unwrap_or_default().to_owned();
        let name = data.rsplit('/').next().unwrap_or_default().replace("Data", "Message");
        for (field, schema) in common["properties"].as_object().into_iter().flatten() {
            kind["properties"][field] = schema.clone();
        }
        if let Some(required) = kind["required"].as_array_mut() {
            required.extend(common["required"].as_array().cloned().unwrap_or_default());
        }
        references.push(json!({ "$ref": format!("#/components/schemas/{name}") }));
        schemas[&name] = kind;
    }
    let message = &mut schemas["WebhookMessage"];
    message["oneOf"] = Value::Array(references);
    if let Some(fields) = message.as_object_mut() {
        fields.remove("allOf");
    }
}

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
