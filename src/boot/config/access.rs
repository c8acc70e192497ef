//! Who may sign up, and how letters go out.

use super::{Environment, Kind, Refusal};
use crate::http::SignUp;
use crate::mail::{Post, Smtp};

const SIGN_UP: &str = "VESTIBULE_SIGN_UP";
const SMTP_URL: &str = "VESTIBULE_SMTP_URL";
const SMTP_URL_FILE: &str = "VESTIBULE_SMTP_URL_FILE";
const MAIL_FROM: &str = "VESTIBULE_MAIL_FROM";

/// What the operator decided about people who sign in.
#[derive(Clone, Debug)]
pub struct Access {
    /// Whether anybody may sign up.
    pub sign_up: SignUp,
    /// How letters go out.
    pub post: Post,
}

impl Access {
    pub fn read(environment: &Environment, kind: Kind) -> Result<Self, Refusal> {
        Ok(Self { sign_up: sign_up(environment)?, post: post(environment, kind)? })
    }
}

fn sign_up(environment: &Environment) -> Result<SignUp, Refusal> {
    match environment.text(SIGN_UP)? {
        None | Some("open") => Ok(SignUp::Open),
        Some("closed") => Ok(SignUp::Closed),
        Some(other) => {
            Err(Refusal::value(SIGN_UP, other, "must be open or closed").for_example("closed"))
        }
    }
}

fn post(environment: &Environment, kind: Kind) -> Result<Post, Refusal> {
    let from = environment.text(MAIL_FROM)?;
    let Some(url) = environment.secret(SMTP_URL, SMTP_URL_FILE)? else {
        return Ok(match kind {
            Kind::Embedded => Post::Log,
            Kind::Serving => Post::None,
        });
    };
    let Some(from) = from else {
        return Err(Refusal::missing(MAIL_FROM, "letters need a sender".to_owned())
            .for_example("Vestibule <door@example.com>"));
    };
    let post = Post::Smtp(Smtp { url, from: from.to_owned() });
    match post.mailer() {
        Ok(_) => Ok(post),
        Err(crate::mail::BadPost::From(error)) => {
            Err(Refusal::value(MAIL_FROM, from, format!("is no sender ({error})"))
                .for_example("Vestibule <door@example.com>"))
        }
        // What it says may hold the password.
        Err(crate::mail::BadPost::Url(_)) => Err(Refusal::secret(SMTP_URL, "is no SMTP URL")
            .for_example("smtps://user:password@mail.example.com:465")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], kind: Kind) -> Result<Access, String> {
        Access::read(&Environment::of(variables), kind).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn letters_go_to_the_log_only_where_someone_tries_it_out() {
        assert!(matches!(read(&[], Kind::Embedded).unwrap().post, Post::Log));
        assert!(matches!(read(&[], Kind::Serving).unwrap().post, Post::None));
    }

    #[test]
    fn a_mail_server_needs_a_sender_and_its_password_is_never_shown() {
        let url = (SMTP_URL, "smtps://me:hunter2@mail.example.com:465");
        let from = (MAIL_FROM, "Vestibule <door@example.com>");

        assert!(matches!(read(&[url, from], Kind::Serving).unwrap().post, Post::Smtp(_)));
        assert!(read(&[url], Kind::Serving).unwrap_err().contains(MAIL_FROM));
        let refused = read(&[(SMTP_URL, "http://me:hunter2@mail"), from], Kind::Serving);
        assert!(refused.is_err_and(|why| why.contains(SMTP_URL) && !why.contains("hunter2")));
        let printed = format!("{:?}", read(&[url, from], Kind::Serving).unwrap());
        assert!(!printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn sign_up_is_open_or_closed() {
        let access = read(&[(SIGN_UP, "closed")], Kind::Serving).unwrap();

        assert_eq!(access.sign_up, SignUp::Closed);
        assert!(read(&[(SIGN_UP, "ajar")], Kind::Serving).unwrap_err().contains("ajar"));
    }
}
