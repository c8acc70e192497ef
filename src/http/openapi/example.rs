//! Examples, put together from the examples of a schema's fields.

use serde_json::{Map, Value, json};

/// How deep schemas are followed: a schema that contains itself ends there.
const DEEPEST: u8 = 20;

/// An example of this schema, made of its fields' examples.
pub(super) fn of(schema: &Value, document: &Value) -> Value {
    example(schema, document, 0)
}

fn example(schema: &Value, document: &Value, depth: u8) -> Value {
    if let Some(known) = schema.get("example") {
        return known.clone();
    }
    if let Some(known) = schema.get("examples").and_then(|known| known.get(0)) {
        return known.clone();
    }
    if depth > DEEPEST {
        return Value::Null;
    }
    let below = |schema: &Value| example(schema, document, depth + 1);
    if let Some(reference) = schema["$ref"].as_str() {
        return document.pointer(reference.trim_start_matches('#')).map_or(Value::Null, below);
    }
    for fixed in ["default", "const"] {
        if let Some(value) = schema.get(fixed) {
            return value.clone();
        }
    }
    if let Some(word) = schema["enum"].get(0) {
        return word.clone();
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let first = choices.iter().find(|choice| choice["type"] != "null");
            return first.map_or(Value::Null, below);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(fields) = below(part) {
                whole.extend(fields);
            }
        }
        return Value::Object(whole);
    }
    plain(schema, document, depth)
}

fn plain(schema: &Value, document: &Value, depth: u8) -> Value {
    let kind = match &schema["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        // Without a type anything goes; most of what has none is an object in a shape of its own.
        _ => "object",
    };
    match kind {
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            // What may be anything, and may be left out, is left out.
            let fields =
                fields.filter(|(name, field)| is_shaped(field) || is_required(schema, name));
            let fields =
                fields.map(|(name, field)| (name.clone(), example(field, document, depth + 1)));
            Value::Object(fields.filter(|(_, value)| !value.is_null()).collect())
        }
        "array" => match example(&schema["items"], document, depth + 1) {
            Value::Null => json!([]),
            item => json!([item]),
        },
        "string" => match schema["format"].as_str() {
            Some("uuid") => json!("01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e"),
            Some("date-time") => json!("2026-11-20T12:00:00Z"),
            Some("date") => json!("2026-11-20"),
            Some("email") => json!("grace@maple.example"),
            Some("uri") => json!("https://maple.example/hooks"),
            Some("binary") | Some(_) | None => json!("text"),
        },
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(true),
        _ => Value::Null,
    }
}

fn is_shaped(field: &Value) -> bool {
    let shapes = [
        "type",
        "$ref",
        "example",
        "examples",
        "default",
        "const",
        "enum",
        "oneOf",
        "anyOf",
        "allOf",
        "properties",
    ];
    shapes.iter().any(|shape| field.get(shape).is_some())
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|one| one == name))
}

/// Gives each field an example that its type, format or choices already tell, or that the body tells which a view shows.
/// Any other plain text or number has to bring its own.
pub(super) fn complete(schemas: &mut Value) {
    let all = schemas.clone();
    for (name, schema) in schemas.as_object_mut().into_iter().flatten() {
        if let Some(thing) = name.strip_suffix("View") {
            borrow(schema, &all[format!("{thing}Body")]);
        }
        complete_fields(schema, 0);
    }
}

fn borrow(view: &mut Value, body: &Value) {
    for (name, field) in
        view.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        if let (None, Some(example)) =
            (field.get("example"), body["properties"][name].get("example"))
        {
            field["example"] = example.clone();
        }
    }
}

fn complete_fields(schema: &mut Value, depth: u8) {
    if depth > DEEPEST {
        return;
    }
    for (_, field) in
        schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        if field.get("example").is_none() && field.get("examples").is_none() && is_telling(field) {
            field["example"] = of(field, &Value::Null);
        }
        complete_fields(field, depth + 1);
    }
    for below in ["allOf", "oneOf", "anyOf"] {
        for part in schema.get_mut(below).and_then(Value::as_array_mut).into_iter().flatten() {
            complete_fields(part, depth + 1);
        }
    }
    if let Some(items) = schema.get_mut("items") {
        complete_fields(items, depth + 1);
    }
}

fn is_telling(field: &Value) -> bool {
    let has_type = |kind: &str| {
        field["type"] == kind
            || field["type"].as_array().is_some_and(|all| all.contains(&json!(kind)))
    };
    let fixed = ["default", "const", "enum"]
        .iter()
        .any(|name| field.get(name).is_some_and(|value| !value.is_null()));
    let known =
        matches!(field["format"].as_str(), Some("uuid" | "date-time" | "date" | "email" | "uri"));
    fixed || (has_type("string") && known) || has_type("boolean")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fields_own_example_comes_before_what_its_type_suggests() {
        let document = json!({ "components": { "schemas": { "Name": { "type": "string", "example": "Maple House" } } } });
        let schema = json!({ "type": "object", "properties": {
            "name": { "$ref": "#/components/schemas/Name" },
            "floors": { "type": ["integer", "null"], "minimum": 2 },
            "tags": { "type": "array", "items": { "enum": ["new", "old"] } },
        } });

        assert_eq!(
            of(&schema, &document),
            json!({ "name": "Maple House", "floors": 2, "tags": ["new"] })
        );
    }

    #[test]
    fn a_field_whose_type_tells_an_example_gets_one_and_a_plain_text_does_not() {
        let mut schemas = json!({ "Door": { "properties": {
            "id": { "type": "string", "format": "uuid" },
            "closed_at": { "type": ["string", "null"], "format": "date-time" },
            "name": { "type": "string" },
            "panel": { "properties": { "is_open": { "type": "boolean" } } },
        } } });

        complete(&mut schemas);

        let fields = &schemas["Door"]["properties"];
        assert_eq!(fields["id"]["example"], "01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e");
        assert_eq!(fields["closed_at"]["example"], "2026-11-20T12:00:00Z");
        assert_eq!(fields["name"].get("example"), None);
        assert_eq!(fields["panel"]["properties"]["is_open"]["example"], true);
    }
}
