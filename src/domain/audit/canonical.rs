//! JSON in one spelling: keys sorted, no spaces. Equal values have equal bytes, whoever wrote them.

use serde_json::Value;

/// The value's one spelling.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| name.as_bytes());
            text.push('{');
            for (index, (name, value)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_spelt_equally_however_they_came() {
        let one: Value =
            serde_json::from_str(r#"{ "b": [1, {"y": null, "x": "é\n"}], "a": 1.50 }"#).unwrap();
        let other: Value =
            serde_json::from_str(r#"{"a":1.5,"b":[1,{"x":"\u00e9\u000a","y":null}]}"#).unwrap();

        assert_eq!(canonical(&one), r#"{"a":1.5,"b":[1,{"x":"é\n","y":null}]}"#);
        assert_eq!(canonical(&one), canonical(&other));
    }
}
