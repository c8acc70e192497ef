//! Live audio plugged in: who may come, who expects them, and where their audio may go.

use std::sync::Arc;

use actix_web::web::Data;

use crate::application::ports::Clock;
use crate::application::ports::streams::Streams;
use crate::http::media::Media;
use crate::http::media::check::StoredConnections;
use crate::http::stopping::Stopping;
use crate::media::{Proxy, Settings};
use crate::store::Store;

/// What live audio needs to be told.
#[derive(Clone, Debug, Default)]
pub struct Audio {
    /// How patient it is, and whether it may stay inside the operator's own network.
    pub settings: Settings,
    /// Who expects streams in place of the calls and the directory.
    pub streams: Option<Arc<dyn Streams>>,
}

impl Audio {
    /// With the connections that are stored, and these streams unless others are to be expected.
    pub(super) fn open(
        self,
        store: &Store,
        clock: &Arc<dyn Clock>,
        public_url: &str,
        streams: Arc<dyn Streams>,
    ) -> Data<Media> {
        let check = StoredConnections::new(store.clone(), Arc::clone(clock), public_url);
        let proxy = Proxy::new(self.streams.unwrap_or(streams), self.settings);
        Data::new(Media::new(proxy, Arc::new(check), Stopping::default()))
    }
}
