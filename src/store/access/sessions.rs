//! Sessions and their refresh tokens.

use time::OffsetDateTime;
use uuid::Uuid;

use super::TokenHash;
use crate::application::ports::Unavailable;
use crate::domain::ids::{BuildingId, SessionId, TenantId, UserId};
use crate::store::{Store, TenantTx};

/// Who a session's access token speaks for.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// The user.
    pub user: UserId,
    /// Their role, now.
    pub role: String,
    /// What they are limited to.
    pub buildings: Option<Vec<BuildingId>>,
}

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// Now.
    pub at: OffsetDateTime,
    /// No refreshing goes past this.
    pub expires_at: OffsetDateTime,
    /// Where from.
    pub address: String,
    /// With what.
    pub user_agent: String,
}

/// A refresh token that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Refresh {
    /// Its hash.
    pub token: TokenHash,
    /// The one that replaces it.
    pub next: TokenHash,
    /// Until when the next is good.
    pub next_expires_at: OffsetDateTime,
    /// Now.
    pub at: OffsetDateTime,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// It was good, and is used up.
    Session(SessionId, UserId),
    /// It was used before: someone has a copy, so its session is over. The session, if that ended it.
    Reused(Option<SessionId>),
    /// It is none, or past its time, or its session is over.
    No,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Its user signed out.
    SignedOut,
    /// A refresh token came twice.
    ReusedToken,
    /// The password changed.
    PasswordChanged,
}

impl Ended {
    const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::ReusedToken => "reused_token",
            Self::PasswordChanged => "password_changed",
        }
    }
}

/// A session as its user sees it.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Its id.
    pub id: Uuid,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// When its last token was given.
    pub last_used_at: OffsetDateTime,
    /// Until when at the latest.
    pub expires_at: OffsetDateTime,
    /// Where it began.
    pub address: String,
    /// With what.
    pub user_agent: String,
}

impl Store {
    /// Who this session's token speaks for, now. None: it is over, or its user is gone.
    pub async fn session_bearer(
        &self,
        tenant: TenantId,
        session: SessionId,
        at: OffsetDateTime,
    ) -> Result<Option<Bearer>, Unavailable> {
        let row = sqlx::query!(
            r#"select user_id as "user_id!", role as "role!", limited as "limited!", buildings as "buildings!"
               from vestibule.session_bearer($1, $2, $3)"#,
            tenant.as_uuid(),
            session.as_uuid(),
            at
        )
        .fetch_optional(&self.app)
        .await?;
        Ok(row.map(|row| Bearer {
            user: row.user_id.into(),
            role: row.role,
            buildings: limited_to(row.limited, row.buildings),
        }))
    }
}

/// A limit of none left is a limit, too.
pub(super) fn limited_to(is_limited: bool, buildings: Vec<Uuid>) -> Option<Vec<BuildingId>> {
    is_limited.then(|| buildings.into_iter().map(BuildingId::from).collect())
}

impl TenantTx {
    /// Begins a session with its first refresh token.
    pub async fn begin_session(
        &mut self,
        session: &NewSession,
        token: &TokenHash,
        token_expires_at: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.session (tenant_id, session_id, user_id, created_at, last_used_at, expires_at, address, user_agent)
             values ($1, $2, $3, $4, $4, $5, $6, $7)",
            tenant,
            session.id.as_uuid(),
            session.user.as_uuid(),
            session.at,
            session.expires_at,
            session.address,
            session.user_agent
        )
        .execute(self.connection())
        .await?;
        self.add_refresh_token(session.id, token, token_expires_at).await
    }

    async fn add_refresh_token(
        &mut self,
        session: SessionId,
        token: &TokenHash,
        expires_at: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "insert into vestibule.refresh_token (tenant_id, token_hash, session_id, expires_at) values ($1, $2, $3, $4)",
            self.tenant().as_uuid(),
            &token[..],
            session.as_uuid(),
            expires_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Uses a refresh token up. A second use ends the session: commit that as well.
    pub async fn refresh(&mut self, refresh: &Refresh) -> Result<Refreshed, Unavailable> {
        let row = sqlx::query!(
            r#"select t.session_id, t.used_at, s.user_id, t.expires_at > $2 and s.expires_at > $2 and s.ended_at is null as "is_good!"
               from vestibule.refresh_token t join vestibule.session s using (tenant_id, session_id)
               where t.token_hash = $1
               for update of t, s"#,
            &refresh.token[..],
            refresh.at
        )
        .fetch_optional(self.connection())
        .await?;
        let Some(row) = row else { return Ok(Refreshed::No) };
        let session = SessionId::from(row.session_id);
        if row.used_at.is_some() {
            let ends_now = self.end_session(session, Ended::ReusedToken, refresh.at).await?;
            return Ok(Refreshed::Reused(ends_now.then_some(session)));
        }
        if !row.is_good {
            return Ok(Refreshed::No);
        }
        sqlx::query!(
            "update vestibule.refresh_token set used_at = $2 where token_hash = $1",
            &refresh.token[..],
            refresh.at
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "update vestibule.session set last_used_at = $2 where session_id = $1",
            row.session_id,
            refresh.at
        )
        .execute(self.connection())
        .await?;
        self.add_refresh_token(session, &refresh.next, refresh.next_expires_at).await?;
        Ok(Refreshed::Session(session, row.user_id.into()))
    }

    /// Ends a session. False: there is none that goes on.
    pub async fn end_session(
        &mut self,
        session: SessionId,
        why: Ended,
        at: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let ended = sqlx::query!(
            "update vestibule.session set ended_at = $3, ended_because = $2 where session_id = $1 and ended_at is null",
            session.as_uuid(),
            why.name(),
            at
        )
        .execute(self.connection())
        .await?;
        Ok(ended.rows_affected() == 1)
    }

    /// Ends a user's sessions, except perhaps one.
    pub async fn end_sessions(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        why: Ended,
        at: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.session set ended_at = $4, ended_because = $3
             where user_id = $1 and ended_at is null and ($2::uuid is null or session_id <> $2)",
            user.as_uuid(),
            except.map(SessionId::as_uuid),
            why.name(),
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A user's sessions that go on, oldest first.
    pub async fn sessions(
        &mut self,
        user: UserId,
        at: OffsetDateTime,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<SessionRow>, Unavailable> {
        Ok(sqlx::query_as!(
            SessionRow,
            "select session_id as id, created_at, last_used_at, expires_at, address, user_agent from vestibule.session
             where user_id = $1 and ended_at is null and expires_at > $2 and ($3::uuid is null or session_id > $3)
             order by session_id limit $4",
            user.as_uuid(),
            at,
            after,
            limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Whether a session that goes on is this user's.
    pub async fn is_session_of(
        &mut self,
        session: SessionId,
        user: UserId,
    ) -> Result<bool, Unavailable> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select from vestibule.session where session_id = $1 and user_id = $2 and ended_at is null) as "is!""#,
            session.as_uuid(),
            user.as_uuid()
        )
        .fetch_one(self.connection())
        .await?)
    }
}
