//! Letters to people: by SMTP, or to the log where someone tries Vestibule out.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

use crate::application::ports::{Mail, Mailer, Unavailable};

const PATIENCE: Duration = Duration::from_secs(10);

/// How letters go out.
#[derive(Clone, Debug)]
pub enum Post {
    /// By a server.
    Smtp(Smtp),
    /// To the log, tokens and all: only for who tries it out on their own machine.
    Log,
    /// Not at all: they wait, until they are past their time.
    None,
}

/// A server that takes letters.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// `smtps://user:password@host:465`, or `smtp://host:587?tls=required`.
    pub url: SecretString,
    /// Whom they are from.
    pub from: String,
}

/// A setting that no letter goes out with.
#[derive(Debug, thiserror::Error)]
pub enum BadPost {
    /// The URL.
    #[error("this is no SMTP URL: {0}")]
    Url(#[from] lettre::transport::smtp::Error),
    /// The sender.
    #[error("this is no sender: {0}")]
    From(#[from] lettre::address::AddressError),
}

impl Post {
    /// Who sends; none: nobody.
    pub fn mailer(&self) -> Result<Option<Arc<dyn Mailer>>, BadPost> {
        Ok(match self {
            Self::Smtp(smtp) => Some(Arc::new(SmtpMailer::new(smtp)?)),
            Self::Log => Some(Arc::new(LogMailer)),
            Self::None => None,
        })
    }
}

#[derive(Debug)]
struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    fn new(smtp: &Smtp) -> Result<Self, BadPost> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp.url.expose_secret())?
            .timeout(Some(PATIENCE))
            .build();
        Ok(Self { transport, from: smtp.from.parse()? })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), Unavailable> {
        let unsent = |reason: String| Unavailable { what: "the mail server", reason };
        let to = mail.to.as_str().parse().map_err(|_| unsent("it is no address to it".into()))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| unsent(error.to_string()))?;
        self.transport.send(message).await.map_err(|error| unsent(error.to_string()))?;
        Ok(())
    }
}

#[derive(Debug)]
struct LogMailer;

#[async_trait]
impl Mailer for LogMailer {
    async fn send(&self, mail: &Mail) -> Result<(), Unavailable> {
        tracing::info!(subject = mail.subject, text = mail.text, "a letter that nobody sends");
        Ok(())
    }
}
