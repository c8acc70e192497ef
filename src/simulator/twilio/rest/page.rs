//! Lists in pages, with the address of the next one until there is none.

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::{Asked, Refusal, form::INVALID};

const DEFAULT: usize = 50;
const MOST: usize = 1000;

/// One page of these, under that key.
pub fn page(asked: &Asked, key: &str, all: &[Value]) -> Result<Value, Refusal> {
    let number = |name: &str, otherwise: usize| -> Result<usize, Refusal> {
        match asked.queried(name) {
            None => Ok(otherwise),
            Some(text) => {
                text.parse().map_err(|_| Refusal::bad(INVALID, format!("{name} is no number")))
            }
        }
    };
    let size = number("PageSize", DEFAULT)?.clamp(1, MOST);
    let index = number("Page", 0)?;
    let token = format!("PT{}", asked.account.sid);
    if index > 0 && asked.queried("PageToken").is_none_or(|given| !given.ends_with(&token)) {
        return Err(Refusal::bad(INVALID, "Page without the PageToken of a next_page_uri"));
    }
    let start = index.saturating_mul(size);
    let items: Vec<Value> = all.iter().skip(start).take(size).cloned().collect();
    let address = |page: usize| {
        let mut query = Serializer::new(String::new());
        for (name, value) in &asked.query {
            if !matches!(name.as_str(), "Page" | "PageSize" | "PageToken") {
                query.append_pair(name, value);
            }
        }
        query.append_pair("PageSize", &size.to_string());
        query.append_pair("Page", &page.to_string());
        if page > 0 {
            query.append_pair("PageToken", &format!("{page}-{token}"));
        }
        format!("{}?{}", asked.path, query.finish())
    };
    let more = start.saturating_add(size) < all.len();
    Ok(json!({
        key: items,
        "page": index,
        "page_size": size,
        "start": start,
        "end": (start + items.len()).saturating_sub(1),
        "uri": address(index),
        "first_page_uri": address(0),
        "previous_page_uri": (index > 0).then(|| address(index - 1)),
        "next_page_uri": more.then(|| address(index + 1)),
    }))
}

/// Filters that the list does not have are an oversight.
pub fn check_filters(platform: &super::super::Platform, asked: &Asked, known: &[&str]) {
    for (name, _) in &asked.query {
        let paging = matches!(name.as_str(), "Page" | "PageSize" | "PageToken");
        if !paging && !known.contains(&name.as_str()) {
            platform
                .exchange
                .complain(format!("{}?{name}, which filters nothing there", asked.path));
        }
    }
}
