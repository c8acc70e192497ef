//! What the operator of a server does by hand: makes firms where sign-up is closed, says how long their calls are kept, changes
//! signing keys.

use std::process::ExitCode;

use anyhow::Context;

use super::command_line::{Keys, Tenants};
use super::config::Settings;
use super::console_output;
use super::rooms::{self, Plan};
use super::run::plan;
use crate::domain::email::EmailAddress;
use crate::http::extract::keys::{self, Old};
use crate::http::v1::invitations;

/// Makes a firm, and prints the link by which its owner comes in; or says how long its calls are kept.
pub async fn tenants(settings: &Settings, action: Tenants) -> anyhow::Result<ExitCode> {
    match action {
        Tenants::Create { name, owner_email } => {
            let link = create_tenant(plan(settings)?, name.trim(), &owner_email).await?;
            console_output::line(format_args!(
                "{owner_email} comes in, within a week, by\n\n  {link}\n"
            ));
        }
        Tenants::Keep { tenant, calls } => {
            let (store, _) = rooms::store_alone(plan(settings)?).await?;
            let is_known = store.keep_calls(tenant, calls).await?;
            store.close().await;
            anyhow::ensure!(is_known, "there is no firm {tenant}");
            console_output::line(format_args!("calls are kept for {calls} days"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a firm without anybody in it, and an invitation for its owner. The link to accept it.
pub async fn create_tenant(plan: Plan, name: &str, owner: &str) -> anyhow::Result<String> {
    anyhow::ensure!(
        (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control),
        "--name is 1 to 100 characters"
    );
    let owner = EmailAddress::parse(owner).context("--owner-email is")?;
    let (clock, url) = (plan.clock.clone(), plan.public_url.clone());
    let (store, ids) = rooms::store_alone(plan).await?;
    let token = invitations::first_owner(&store, &*ids, name, &owner, clock.now()).await?;
    store.close().await;
    Ok(invitations::link(&url, &token))
}

/// Changes the keys that sign.
pub async fn keys(settings: &Settings, action: Keys) -> anyhow::Result<ExitCode> {
    let Keys::Rotate { end_old } = action;
    let plan = plan(settings)?;
    let clock = plan.clock.clone();
    let (store, ids) = rooms::store_alone(plan).await?;
    let old = if end_old { Old::EndsNow } else { Old::Overlap };
    let id = keys::rotate(&store, &*ids, clock.now(), old).await?;
    store.close().await;
    match id {
        Some(id) => {
            console_output::line(format_args!("{id} signs from now on"));
            Ok(ExitCode::SUCCESS)
        }
        None => anyhow::bail!(
            "another process changed the keys at the same moment; look, then try again"
        ),
    }
}
