//! `X-Twilio-Signature`: HMAC-SHA1 over the URL and the form, with the account's primary token.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The proof for a form post. Names are sorted alone, so that `Reason` stays before `ReasonConferenceEnded`.
#[must_use]
pub fn form(token: &str, url: &str, fields: &[(String, String)]) -> String {
    let mut sorted: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // Equal pairs count once; distinct values of one name stand side by side, in order.
    sorted.sort_unstable();
    sorted.dedup();
    let mut data = canonical(url);
    for (name, value) in sorted {
        data.push_str(name);
        data.push_str(value);
    }
    seal(token, &data)
}

/// The proof for a GET or the opening of a WebSocket: the URL says all.
#[must_use]
pub fn url(token: &str, url: &str) -> String {
    seal(token, &canonical(url))
}

fn seal(token: &str, data: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes())
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(data.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// What is signed of a URL: no fragment, no user and password; over TLS no port either.
fn canonical(url: &str) -> String {
    let url = without_fragment(url);
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = if scheme == "https" {
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        }
    } else {
        host
    };
    format!("{scheme}://{host}{path}")
}

#[must_use]
pub fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(url, _)| url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

    fn pairs(text: &str) -> Vec<(String, String)> {
        text.split(' ')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.into(), value.replace('_', " ")))
            .collect()
    }

    fn p() -> Vec<(String, String)> {
        pairs(
            "CallSid=CA1234567890ABCDE Caller=+14158675309 Digits=1234 From=+14158675309 To=+18005551212",
        )
    }

    #[test]
    fn the_vendors_vectors_hold() {
        assert_eq!(form("12345", URL, &p()), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        let plain = URL.replace("https", "http");
        let with_port = |port: &str| plain.replace(".com", &format!(".com:{port}"));
        assert_eq!(form("12345", &with_port("1234"), &p()), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=");
        assert_eq!(form("12345", &with_port("80"), &p()), "0ZXoZLH/DfblKGATFgpif+LLRf4=");
        let twice = pairs("Sid=CA123 SidAccount=AC123 Digits=5678 Digits=1234 Digits=1234");
        assert_eq!(form("12345", URL, &twice), "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
        let mut reasons = p();
        reasons.extend(pairs("Reason=Participant ReasonConferenceEnded=test"));
        assert_eq!(form("12345", URL, &reasons), "vOEb5UThFn24KEfnOFLQY2AE5FY=");
        let i = pairs(
            "CallSid=CA1234567890ABCDE Caller=+14158675310 Digits=1234 From=+14158675310 To=+18005551212",
        );
        assert_eq!(
            form("12345", "https://example.com/myapp.php?foo=1&bar=2", &i),
            "L/OH5YylLD5NRKLltdqwSvS0BnU="
        );
    }

    #[test]
    fn a_body_that_is_no_form_is_signed_by_the_hash_in_the_url() {
        let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

        assert_eq!(
            url("12345", &format!("{URL}&bodySHA256={hash}")),
            "a9nBmqA0ju/hNViExpshrM61xv4="
        );
        assert_eq!(
            url("12345", &format!("https://mycompany.com/myapp.php?bodySHA256={hash}")),
            "y77kIzt2vzLz71DgmJGsen2scGs="
        );
    }

    #[test]
    fn ports_over_tls_passwords_and_fragments_are_not_signed() {
        let plain = form("12345", URL, &p());

        for same in [
            URL.replace(".com", ".com:443"),
            URL.replace("://", "://user:pass@"),
            format!("{URL}#ct=2000&rc=2"),
        ] {
            assert_eq!(form("12345", &same, &p()), plain, "{same}");
        }
    }

    #[test]
    fn accents_blanks_and_empty_values_count_as_they_are() {
        let (call, account, room) = (
            format!("CA{}01", "0".repeat(30)),
            format!("AC{}01", "0".repeat(30)),
            format!("CF{}01", "0".repeat(30)),
        );
        let token = "test-token-0001";
        let voice = pairs(&format!(
            "CallSid={call} AccountSid={account} From=+15145550100 To=+15145550199 CallStatus=ringing Direction=inbound CallerName=José_Ñandú FromZip="
        ));
        assert_eq!(
            form(token, "https://door.example.test/twilio/voice?b=maple-12", &voice),
            "NSc8uuGVQURlSQTQYIMu81UfQVc="
        );
        let ended = pairs(&format!(
            "ConferenceSid={room} FriendlyName=b1-d1-v1 AccountSid={account} SequenceNumber=6 Timestamp=Fri,_20_Nov_2026_18:00:00_+0000 StatusCallbackEvent=conference-end Reason=Participant_hung_up ReasonConferenceEnded=last-participant-left CallSidEndingConference=CA{}02",
            "0".repeat(30)
        ));
        assert_eq!(
            form(token, "https://door.example.test/twilio/conference", &ended),
            "O87k+n+YZ7GZnhIeDwu2cmhnlO8="
        );
        assert_eq!(
            url(token, "wss://door.example.test/twilio/media"),
            "POBA0Dopbz19aRZMjuIjLTONCLQ="
        );
        assert_eq!(
            url(token, "wss://door.example.test/twilio/media/"),
            "95PzdsQJf3Lin3P2ThzLtBeMKeI="
        );
    }
}
