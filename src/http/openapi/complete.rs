//! What all operations share: how each may fail, bodies of patches, entity tags, examples. Handlers name their successes only.

use serde_json::{Map, Value, json};

use super::{example, webhooks};

/// A way to fail: status, name, slug, title, and when it happens.
type Failure = (u16, &'static str, &'static str, &'static str, &'static str);

const FAILURES: [Failure; 11] = [
    (
        400,
        "Unreadable",
        "unreadable",
        "The request can not be read",
        "Not JSON, or a parameter that can not be read",
    ),
    (
        401,
        "NotSignedIn",
        "not-signed-in",
        "Not signed in",
        "No access token or API key, or none that is good",
    ),
    (403, "NotAllowed", "not-allowed", "Not allowed", "The role or the key does not allow it"),
    (404, "NotFound", "not-found", "Not found", "No such thing, or another tenant's"),
    (409, "Conflict", "taken", "Taken already", "It does not go together with what is there"),
    (
        412,
        "ChangedMeanwhile",
        "changed",
        "Not what was read any more",
        "If-Match names another version",
    ),
    (413, "TooLarge", "too-large", "The request is too large", "The body is too large"),
    (422, "Invalid", "invalid", "Fields are not valid", "Fields are not valid; each is named"),
    (
        429,
        "TooManyRequests",
        "too-many-requests",
        "Too many requests",
        "Too many requests: wait as long as Retry-After says",
    ),
    (500, "Internal", "internal", "Our fault", "A fault of ours; it is logged"),
    (
        503,
        "Unavailable",
        "unavailable",
        "Temporarily unavailable",
        "Not now: try again in a moment",
    ),
];

/// Completes the document.
pub(super) fn complete(document: &mut Value) {
    add_failures(document);
    name_rows(document);
    webhooks::name_messages(&mut document["components"]["schemas"]);
    example::complete(&mut document["components"]["schemas"]);
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    for (path, methods) in paths {
        for (method, mut operation) in methods.as_object().cloned().unwrap_or_default() {
            if path.starts_with("/v1/") || path.starts_with("/.well-known/") {
                if method == "patch" {
                    patch_body(document, &mut operation);
                }
                fail(&method, &mut operation);
                tag(&method, &mut operation);
            }
            name_once(&mut operation);
            describe(&mut operation);
            give_examples(document, &mut operation);
            document["paths"][&path][&method] = operation;
        }
    }
    list_tags(document);
    drop_unused(document);
}

/// The rows of `Listed_UnitView` are of the type that one of them has on its own: a client then has one type for both.
fn name_rows(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    let names: Vec<String> =
        schemas.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    for name in &names {
        let Some((_, row)) = name.split_once('_') else { continue };
        if schemas[name]["properties"]["items"]["items"].is_null() {
            continue;
        }
        if names.iter().any(|known| known == row) {
            schemas[name]["properties"]["items"]["items"] =
                json!({ "$ref": format!("#/components/schemas/{row}") });
        }
    }
}

/// What nothing refers to only makes readers wonder: failures that no operation has, bodies that are only patched.
fn drop_unused(document: &mut Value) {
    for kind in ["responses", "schemas"] {
        loop {
            let text = document.to_string();
            let is_used = |name: &str| text.contains(&format!("\"#/components/{kind}/{name}\""));
            let Some(parts) = document["components"][kind].as_object_mut() else { break };
            let before = parts.len();
            parts.retain(|name, _| is_used(name));
            if parts.len() == before {
                break;
            }
        }
    }
}

/// Each kind of failure once, as a response that operations refer to.
fn add_failures(document: &mut Value) {
    for (status, name, slug, title, when) in FAILURES {
        let mut example = json!({
            "type": format!("/problems/{slug}"), "title": title, "status": status, "detail": when,
        });
        if status == 422 {
            example["fields"] = json!([{ "field": "name", "message": "1 to 100 characters" }]);
        }
        let mut response = json!({
            "description": when,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/ProblemBody" }, "example": example } },
        });
        if matches!(status, 429 | 503) {
            response["headers"] = json!({ "Retry-After": {
                "description": "Seconds to wait", "schema": { "type": "integer", "minimum": 0 }, "example": 1 } });
        }
        document["components"]["responses"][name] = response;
    }
}

/// How an operation of this shape may fail.
fn fail(method: &str, operation: &mut Value) {
    let has = |place: &str| {
        operation["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["in"] == place))
    };
    let is_public = operation["security"].as_array().is_some_and(|schemes| {
        schemes.iter().all(|scheme| scheme.as_object().is_none_or(Map::is_empty))
    });
    let filters_by_id = operation["parameters"].as_array().is_some_and(|all| {
        all.iter().any(|one| one["in"] == "query" && one["schema"].to_string().contains("\"uuid\""))
    });
    let has_body = operation.get("requestBody").is_some();
    let takes = has_body || has("path") || has("query") || has("header");
    let writes = method != "get";
    let applies = |status: u16| match status {
        400 => takes,
        // Signing in asks who somebody is, without a token.
        401 => !is_public || writes,
        403 => !is_public,
        404 => has("path") || has_body || filters_by_id,
        409 => writes,
        412 => method == "patch",
        413 => has_body,
        422 => has_body || has("query") || has("header"),
        _ => true,
    };
    let names: Vec<_> = FAILURES
        .iter()
        .filter(|failure| applies(failure.0))
        .map(|failure| (failure.0.to_string(), failure.1))
        .collect();
    for (status, name) in names {
        let responses = &mut operation["responses"];
        if responses.get(&status).is_none() {
            responses[&status] = json!({ "$ref": format!("#/components/responses/{name}") });
        }
    }
}

/// A patch may name any field of the body, and null to take one away.
fn patch_body(document: &mut Value, operation: &mut Value) {
    let Some(content) = operation["requestBody"]["content"]["application/json"].as_object() else {
        return;
    };
    let Some(reference) = content["schema"]["$ref"].as_str() else { return };
    let body = reference.rsplit('/').next().unwrap_or_default().to_owned();
    let name = format!("{}Patch", body.trim_end_matches("Body"));
    let mut schema = document["components"]["schemas"][&body].clone();
    let example = example::of(&schema, document);
    if let Some(fields) = schema.as_object_mut() {
        let required = fields.remove("required");
        let is_required = |field: &str| {
            required
                .as_ref()
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|one| one == field))
        };
        for (field, schema) in
            fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("default");
            }
            if !is_required(field) {
                allow_null(schema);
            }
        }
    }
    schema["description"] =
        json!("What shall change: a JSON merge patch (RFC 7396); null takes a field away.");
    let one = example.as_object().and_then(|fields| fields.iter().next());
    schema["example"] = one.map_or(json!({}), |(field, value)| json!({ field: value }));
    document["components"]["schemas"][&name] = schema;
    let media = json!({ "schema": { "$ref": format!("#/components/schemas/{name}") } });
    operation["requestBody"]["content"] =
        json!({ "application/json": media, "application/merge-patch+json": media });
}

fn allow_null(schema: &mut Value) {
    match schema.get_mut("type") {
        Some(Value::String(kind)) => schema["type"] = json!([kind, "null"]),
        Some(Value::Array(kinds)) if !kinds.contains(&json!("null")) => kinds.push(json!("null")),
        Some(_) => {}
        None => {
            let is_null = |choice: &Value| choice["type"] == "null";
            if !schema["oneOf"].as_array().is_some_and(|all| all.iter().any(is_null)) {
                *schema = json!({ "oneOf": [{ "type": "null" }, schema.clone()] });
            }
        }
    }
}

/// What can be changed has a tag, and a change may name the one it is meant for.
fn tag(method: &str, operation: &mut Value) {
    let reads_one = method == "get"
        && operation["operationId"].as_str().is_some_and(|id| id.starts_with("read"));
    if !(reads_one || method == "patch") {
        return;
    }
    if operation["responses"]["200"]["content"].get("application/json").is_none() {
        return;
    }
    operation["responses"]["200"]["headers"]["ETag"] = json!({
        "description": "The version that was answered, for If-Match", "schema": { "type": "string" }, "example": "\"6c2f0d1b9a3e4f5061728394\"" });
    let (header, description) = if reads_one {
        operation["responses"]["304"] = json!({ "description": "It is what If-None-Match names" });
        ("If-None-Match", "Answer 304 if this version is still the one")
    } else {
        ("If-Match", "Change this version only; absent: whatever is there")
    };
    let parameter = json!({ "name": header, "in": "header", "description": description, "required": false,
        "schema": { "type": "string" }, "example": "\"6c2f0d1b9a3e4f5061728394\"" });
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(parameters) => parameters.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}

/// A parameter with a schema of its own is found a second time, as any text, in the path or the handler: the handler's words count.
fn name_once(operation: &mut Value) {
    let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) else {
        return;
    };
    let mut named = std::collections::HashSet::new();
    parameters.retain(|one| named.insert((one["in"].to_string(), one["name"].to_string())));
}

fn describe(operation: &mut Value) {
    if operation.get("description").is_none() {
        operation["description"] =
            json!(format!("{}.", operation["summary"].as_str().unwrap_or_default()));
    }
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter.get("example").is_none() && parameter.get("examples").is_none() {
            let is_optional = parameter["required"] != true;
            let example = example::of(&parameter["schema"], &Value::Null);
            // A filter or cursor that nothing has would make every example come back empty.
            if !(is_optional || example.is_null()) {
                parameter["example"] = example;
            }
        }
    }
}

fn give_examples(document: &Value, operation: &mut Value) {
    let responses =
        operation["responses"].as_object_mut().into_iter().flatten().map(|(_, response)| response);
    let contents = responses.filter_map(|response| response.get_mut("content"));
    for content in contents {
        exemplify(document, content);
    }
    if let Some(content) = operation.get_mut("requestBody").and_then(|body| body.get_mut("content"))
    {
        exemplify(document, content);
    }
}

fn exemplify(document: &Value, content: &mut Value) {
    for media in content.as_object_mut().into_iter().flatten().map(|(_, media)| media) {
        if media.get("example").is_none() && media.get("examples").is_none() {
            let example = example::of(&media["schema"], document);
            if !example.is_null() {
                media["example"] = example;
            }
        }
    }
}

/// The tags that operations use, described.
fn list_tags(document: &mut Value) {
    let mut tags: Vec<String> = Vec::new();
    for operation in document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(_, path)| path.as_object())
        .flatten()
    {
        for tag in operation.1["tags"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        }
    }
    tags.sort();
    document["tags"] = tags
        .into_iter()
        .map(|tag| json!({ "name": tag, "description": format!("All about {tag}.") }))
        .collect();
}
