//! Names become addresses here, once for each connection: the address that is checked is the address that is connected to.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Found;
use crate::domain::webhook::address::{PrivateAddresses, is_public};

/// Who knows where names are.
#[async_trait]
pub trait Lookup: Send + Sync + Debug {
    /// All addresses of a name.
    async fn look_up(&self, name: &str) -> io::Result<Found>;
}

/// The machine's resolver.
#[derive(Debug)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn look_up(&self, name: &str) -> io::Result<Found> {
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }
}

/// A name leads to where only we can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name resolves to no public address")]
pub struct NotPublic;

/// Lets public addresses through.
#[derive(Debug)]
pub struct Guard {
    pub lookup: Arc<dyn Lookup>,
    pub private: PrivateAddresses,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, private) = (Arc::clone(&self.lookup), self.private);
        Box::pin(async move {
            let found = lookup.look_up(name.as_str()).await?;
            let allowed = allowed(found, private)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// One private address among public ones is enough to refuse the name: nobody's public name has any.
fn allowed(found: Found, private: PrivateAddresses) -> Result<Vec<SocketAddr>, NotPublic> {
    let is_allowed =
        |address: &SocketAddr| private == PrivateAddresses::Allowed || is_public(address.ip());
    if found.iter().all(is_allowed) { Ok(found) } else { Err(NotPublic) }
}
