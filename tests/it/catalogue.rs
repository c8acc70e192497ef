//! What the database's own catalogue says about isolation. A new table, view or function is held against it without anyone remembering.

use sqlx::{PgConnection, Row};

use crate::harness::database;
use crate::harness::door::{Door, Transport};

/// The schemas that hold ours, those of the read models among them.
const OURS: &str = "(nspname in ('es', 'vestibule') or nspname like 'read\\_%')";
/// Who serves requests and does the work; none of them may be above the rules.
const RUNTIME_ROLES: &str = "('vestibule_app', 'vestibule_ingest', 'vestibule_worker')";

/// Tables with a tenant that no policy guards. Managers' requests run as `vestibule_app`, which may not read these.
const UNGUARDED: &[(&str, &str)] = &[
    ("es.carrier_leg", "read by a carrier's webhook, whose tenant is known from its connection"),
    ("es.delivery", "a webhook is deduplicated before its tenant's call is opened"),
    ("es.raw_webhook", "sealed, for the operator's replay"),
    ("es.stream", "versions only, checked by the one function that appends"),
    ("es.subject_key", "wrapped keys; sealing happens outside of a manager's transaction"),
    ("es.tenant_key", "wrapped keys; sealing happens outside of a manager's transaction"),
    ("es.work_item", "workers work for every tenant"),
];

/// Policies that show a row before the tenant is known.
const OPEN_POLICIES: &[(&str, &str)] = &[(
    "vestibule.api_key_secret: named_by_prefix",
    "whoever names a secret's random prefix sees that one row, which says whose it is",
)];

/// Unique keys that do not lead with the tenant.
const GLOBAL_KEYS: &[(&str, &str)] = &[
    ("api_key_prefix_once", "a random prefix names the key before the tenant is known"),
    ("carrier_leg_pkey", "the connection, which is the tenant's, leads"),
    ("connection_token_once", "a random token names the connection before the tenant is known"),
    ("delivery_pkey", "the carrier's account leads, before the tenant is known"),
    ("event_event_id_key", "event ids are unique in the whole journal"),
    ("event_once_per_version", "a stream belongs to one tenant"),
    ("event_pkey", "one journal, one order"),
    ("login_pkey", "an e-mail address signs in to one firm"),
    ("stream_pkey", "stream ids are made by us, never taken from a request"),
    ("work_item_pkey", "work ids are made by us, never taken from a request"),
];

/// References that do not lead with the tenant.
const GLOBAL_REFERENCES: &[(&str, &str)] = &[(
    "event_stream_id_fkey",
    "written by the one function that appends, which checks the tenant",
)];

#[actix_web::test]
async fn every_tenants_table_is_guarded_and_nobody_at_run_time_stands_above_the_guard() {
    // A whole server: its read models make tables and views of their own.
    let door = Door::open(Transport::Database).await;
    let connection = database::connect(&door.database).await;
    let mut catalogue = Catalogue { connection, findings: Vec::new() };

    catalogue.guards_every_table_with_a_tenant().await;
    catalogue.shows_no_other_tenant_by_a_policy().await;
    catalogue.limits_people_to_their_buildings().await;
    catalogue.keeps_unguarded_tables_from_managers().await;
    catalogue.knows_no_runtime_role_above_the_rules().await;
    catalogue.has_no_view_that_sees_more_than_its_reader().await;
    catalogue.has_no_privileged_function_that_can_be_led_astray().await;
    catalogue.leads_every_unique_key_with_the_tenant().await;
    catalogue.leads_every_reference_with_the_tenant().await;

    assert!(catalogue.findings.is_empty(), "\n{}", catalogue.findings.join("\n"));
    door.close().await;
}

struct Catalogue {
    connection: PgConnection,
    findings: Vec<String>,
}

impl Catalogue {
    async fn guards_every_table_with_a_tenant(&mut self) {
        let guarded = "c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid and p.polpermissive)";
        let tables = self.names(&format!("{} and not ({guarded})", tables_with("tenant_id"))).await;
        self.only(
            tables,
            UNGUARDED,
            "have a tenant and no forced row-level security with a policy",
        );
        let all = self.names(&tables_with("tenant_id")).await;
        assert!(all.len() > UNGUARDED.len() + 10, "too few tables to be all of them: {all:?}");
    }

    async fn shows_no_other_tenant_by_a_policy(&mut self) {
        let open = self
            .names(&format!(
                "select c.oid::regclass || ': ' || p.polname from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
                 where {OURS} and p.polpermissive and (p.polroles = '{{0}}' or 'vestibule_app'::regrole = any (p.polroles))
                   and (coalesce(pg_get_expr(p.polqual, p.polrelid), 'vestibule.tenant()') not like '%vestibule.tenant()%'
                        or coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'vestibule.tenant()') not like '%vestibule.tenant()%')"
            ))
            .await;
        self.only(open, OPEN_POLICIES, "let managers past their own tenant");
    }

    async fn limits_people_to_their_buildings(&mut self) {
        let limited = "exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive and pg_get_expr(p.polqual, p.polrelid) like '%vestibule.buildings()%')";
        let wide = self
            .names(&format!(
                "{} and c.relrowsecurity and has_table_privilege('vestibule_app', c.oid, 'select') and not ({limited})",
                tables_with("building_id")
            ))
            .await;
        self.only(wide, &[], "have a building and no policy for people who are limited to some");
    }

    async fn keeps_unguarded_tables_from_managers(&mut self) {
        let readable = self
            .names(&format!(
                "{} and not c.relrowsecurity and (has_any_column_privilege('vestibule_app', c.oid, 'select') or has_any_column_privilege('vestibule_app', c.oid, 'update') or has_table_privilege('vestibule_app', c.oid, 'delete'))",
                tables_with("tenant_id")
            ))
            .await;
        self.only(readable, &[], "can be read or changed by managers' requests without a guard");
    }

    async fn knows_no_runtime_role_above_the_rules(&mut self) {
        let privileged = self
            .names(&format!(
                "select rolname || ': superuser, creates roles or databases, or bypasses policies' from pg_roles
                 where rolname in {RUNTIME_ROLES} and (rolsuper or rolcreaterole or rolcreatedb or (rolbypassrls and rolname <> 'vestibule_worker'))"
            ))
            .await;
        self.only(privileged, &[], "are privileged");
        let members = self
            .names(&format!(
                "select r.rolname || ' is a member of ' || g.rolname from pg_auth_members m join pg_roles r on r.oid = m.member join pg_roles g on g.oid = m.roleid where r.rolname in {RUNTIME_ROLES}"
            ))
            .await;
        self.only(members, &[], "can become someone else");
        // The worker makes the read models' generations, and drops them.
        let owned = self
            .names(&format!(
                "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner
                 where {OURS} and (r.rolsuper or (r.rolname in {RUNTIME_ROLES} and not (r.rolname = 'vestibule_worker' and n.nspname like 'read\\_%')))"
            ))
            .await;
        self.only(owned, &[], "belong to a runtime role, or to a superuser");
    }

    async fn has_no_view_that_sees_more_than_its_reader(&mut self) {
        let views = "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where";
        let powerful = self
            .names(&format!("{views} {OURS} and c.relkind = 'v' and not coalesce(c.reloptions, '{{}}') @> '{{security_invoker=true}}'"))
            .await;
        self.only(powerful, &[], "are views with their owner's rights");
        let materialized = self.names(&format!("{views} {OURS} and c.relkind = 'm'")).await;
        self.only(materialized, &[], "are materialized: row-level security does not apply to them");
        let all = self.names(&format!("{views} {OURS} and c.relkind = 'v'")).await;
        assert!(!all.is_empty(), "the read models show no view");
    }

    async fn has_no_privileged_function_that_can_be_led_astray(&mut self) {
        let functions = "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace where";
        let astray = self
            .names(&format!(
                "{functions} {OURS} and p.prosecdef and not exists (select from unnest(p.proconfig) setting where setting like 'search\\_path=%pg\\_temp')"
            ))
            .await;
        self.only(astray, &[], "run with their owner's rights on the caller's search path");
        let open = self
            .names(&format!(
                "{functions} {OURS} and p.prosecdef and has_function_privilege('public', p.oid, 'execute')"
            ))
            .await;
        self.only(open, &[], "run with their owner's rights for anybody");
    }

    async fn leads_every_unique_key_with_the_tenant(&mut self) {
        let keys = self
            .names(&format!(
                "select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
                 where {OURS} and {WRITTEN_FROM_REQUESTS} and i.indisunique and {HAS_TENANT}
                   and i.indkey[0] <> (select attnum from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
                   and not c.relispartition"
            ))
            .await;
        let bare = keys.into_iter().map(|key| without_schema(&key)).collect();
        self.only(
            bare,
            GLOBAL_KEYS,
            "do not lead with tenant_id: they tell one tenant about another",
        );
    }

    async fn leads_every_reference_with_the_tenant(&mut self) {
        let references = self
            .names(&format!(
                "select k.conname::text from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
                 where {OURS} and {WRITTEN_FROM_REQUESTS} and k.contype = 'f' and {HAS_TENANT}
                   and k.conkey[1] <> (select attnum from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')"
            ))
            .await;
        self.only(references, GLOBAL_REFERENCES, "do not lead with tenant_id");
    }

    async fn names(&mut self, query: &str) -> Vec<String> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&mut self.connection).await;
        rows.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// What is found is what is expected: neither more, nor an exception that is none any longer.
    fn only(&mut self, found: Vec<String>, exceptions: &[(&str, &str)], what: &str) {
        let is_excepted = |name: &str| exceptions.iter().any(|(excepted, _)| *excepted == name);
        for name in found.iter().filter(|name| !is_excepted(name)) {
            self.findings.push(format!("{name}: among those that {what}"));
        }
        for (name, _) in
            exceptions.iter().filter(|(name, _)| !found.iter().any(|found| found == name))
        {
            self.findings.push(format!("{name}: an exception, but not among those that {what}"));
        }
    }
}

/// A read model's keys are written by its projection only, from ids that we made: no request can probe them.
const WRITTEN_FROM_REQUESTS: &str = "nspname not like 'read\\_%'";
const HAS_TENANT: &str = "exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)";

/// Tables that have the column; partitions are reached through their parent.
fn tables_with(column: &str) -> String {
    format!(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where {OURS} and c.relkind in ('r', 'p') and not c.relispartition
           and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = '{column}' and not a.attisdropped)"
    )
}

fn without_schema(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_owned()
}
