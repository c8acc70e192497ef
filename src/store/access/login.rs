//! How someone signs in, and how a firm comes to be.

use serde_json::{Value, json};

use crate::application::ports::{Actor, Unavailable};
use crate::domain::ids::{TenantId, UserId};
use crate::store::changes::{Action, Change};
use crate::store::{Reach, Store, TenantTx};

/// How someone signs in.
#[derive(Clone)]
pub struct Login {
    /// Their firm.
    pub tenant: TenantId,
    /// They.
    pub user: UserId,
    /// argon2id, PHC string.
    pub password_hash: String,
    /// Whether a code of their second factor is needed too.
    pub has_second_factor: bool,
}

/// Hidden: it holds a hash.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.user)
    }
}

/// A firm and its first user.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The firm.
    pub tenant: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// Its owner.
    pub user: UserId,
    /// Their name.
    pub user_name: String,
    /// Their e-mail, in lower case.
    pub email: String,
    /// argon2id, PHC string.
    pub password_hash: String,
}

impl Store {
    /// How this e-mail signs in. The one look-up that reaches over all firms: it answers for one e-mail at a time.
    pub async fn login(&self, email: &str) -> Result<Option<Login>, Unavailable> {
        let row = sqlx::query!(
            r#"select tenant_id, user_id, password_hash,
                      exists (select from vestibule.second_factor f
                              where f.tenant_id = l.tenant_id and f.user_id = l.user_id and f.confirmed_at is not null) as "has_second_factor!"
               from vestibule.login l where email = $1"#,
            email
        )
        .fetch_optional(&self.worker)
        .await?;
        Ok(row.map(|row| Login {
            tenant: row.tenant_id.into(),
            user: row.user_id.into(),
            password_hash: row.password_hash,
            has_second_factor: row.has_second_factor,
        }))
    }

    /// Makes a firm with its owner. False: the e-mail signs in somewhere already.
    pub async fn sign_up(&self, sign_up: &SignUp) -> Result<bool, Unavailable> {
        let actor = Actor::User(sign_up.user.as_uuid());
        let mut tx = self.begin(&Reach { actor, ..Reach::whole(sign_up.tenant) }).await?;
        tx.add_tenant(&sign_up.tenant_name).await?;
        sqlx::query!(
            "insert into vestibule.user_account (tenant_id, user_id, name, role) values ($1, $2, $3, 'owner')",
            sign_up.tenant.as_uuid(),
            sign_up.user.as_uuid(),
            sign_up.user_name
        )
        .execute(tx.connection())
        .await?;
        if !tx.add_login(&sign_up.email, sign_up.user, &sign_up.password_hash).await? {
            return Ok(false);
        }
        tx.note(Change {
            resource: "tenant",
            id: sign_up.tenant.as_uuid(),
            building: None,
            action: Action::Created,
            before: Value::Null,
            after: json!({ "name": sign_up.tenant_name }),
        });
        tx.commit().await?;
        Ok(true)
    }
}

impl TenantTx {
    /// Makes the firm of this transaction.
    pub async fn add_tenant(&mut self, name: &str) -> Result<(), Unavailable> {
        sqlx::query!(
            "insert into vestibule.tenant (tenant_id, name) values ($1, $2)",
            self.tenant().as_uuid(),
            name
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Lets a user sign in. False: the e-mail signs in somewhere already.
    pub async fn add_login(
        &mut self,
        email: &str,
        user: UserId,
        password_hash: &str,
    ) -> Result<bool, Unavailable> {
        let made = sqlx::query!(
            "insert into vestibule.login (email, tenant_id, user_id, password_hash) values ($1, $2, $3, $4) on conflict do nothing",
            email,
            self.tenant().as_uuid(),
            user.as_uuid(),
            password_hash
        )
        .execute(self.connection())
        .await?;
        Ok(made.rows_affected() == 1)
    }
}
