//! A visit that someone steers by hand: phones ring until a story answers them.

use serde_json::{Value, json};

use super::database;
use super::door::{Door, Manager, PATIENCE, Transport};

pub const ADA: &str = "+447700900101";
pub const BEN: &str = "+447700900102";

/// Both phones do as they are told, and the visitor waits.
const BY_HAND: &str = r#"
    title = "By hand"
    [call]
    from = "+441632960001"
    to = "+441632960100"
    hang_up_after = "120s"
    [[phone]]
    number = "+447700900101"
    name = "Ada"
    does = "manual"
    [[phone]]
    number = "+447700900102"
    name = "Ben"
    does = "manual"
"#;

/// A call that runs, and someone at the API.
pub struct RunningCall {
    pub door: Door,
    pub manager: Manager,
    pub id: String,
}

impl RunningCall {
    /// Ada's phone rings, and Ben's.
    pub async fn rings() -> Self {
        Self::rings_at(Door::open(Transport::Database).await).await
    }

    /// The same, at a door that was made ready before.
    pub async fn rings_at(door: Door) -> Self {
        let manager = door.manager().await;
        door.rings(BY_HAND).await;
        let id = door
            .eventually("both phones ring", async || {
                let calls = manager.get("/v1/calls").await;
                let id = calls["items"][0]["id"].as_str()?.to_owned();
                let legs = manager.get(&format!("/v1/calls/{id}")).await;
                let ringing = |leg: &&Value| leg["ringing_at"].is_string();
                (legs["legs"].as_array()?.iter().filter(ringing).count() == 2).then_some(id)
            })
            .await;
        Self { door, manager, id }
    }

    /// Ada picked up and talks to the visitor.
    pub async fn talks() -> Self {
        let call = Self::rings().await;
        call.door.simulator.answer(ADA).unwrap();
        let asked = |simulator: &vestibule::simulator::Running| {
            let legs = simulator.legs();
            legs.iter().any(|leg| leg.to.ends_with(&ADA[1..]) && !leg.heard.is_empty())
        };
        assert!(call.door.simulator.until(PATIENCE, asked).await, "Ada hears nothing");
        call.door.simulator.press(ADA, "1").unwrap();
        call.door
            .eventually("Ada talks", async || {
                let talking = |one: &Value| one["state"] == "talking";
                call.participants().await.iter().any(talking).then_some(())
            })
            .await;
        call
    }

    pub async fn participants(&self) -> Vec<Value> {
        let people = self.manager.get(&format!("/v1/calls/{}/participants", self.id)).await;
        people.as_array().unwrap().clone()
    }

    /// The leg of the resident with this name; without one, the visitor's.
    pub async fn leg(&self, name: Option<&str>) -> String {
        let people = self.participants().await;
        let wanted = |one: &&Value| match name {
            Some(name) => one["name"] == name,
            None => one["role"] == "visitor",
        };
        people.iter().find(wanted).unwrap()["leg_id"].as_str().unwrap().to_owned()
    }

    /// An action, as the owner.
    pub async fn does(&self, action: &str, body: Value) -> (u16, Value) {
        self.manager.post(&format!("/v1/calls/{}/{action}", self.id), &body).await
    }

    /// The call, once it is over.
    pub async fn is_over(&self) -> Value {
        self.door
            .eventually("the call is over", async || {
                let call = self.manager.get(&format!("/v1/calls/{}", self.id)).await;
                call["ended_at"].is_string().then_some(call)
            })
            .await
    }

    pub async fn close(self) {
        let _ = self.manager.post(&format!("/v1/calls/{}/hang-up", self.id), &json!({})).await;
        self.door.close().await;
    }
}

/// Someone of the demo's firm with this role.
pub async fn someone_who_is(door: &Door, role: &str) -> Manager {
    let (owner, name) = (door.building.email(), format!("{role}-{:08x}", rand::random::<u32>()));
    let colleague = format!(
        "with colleague as (
             insert into vestibule.user_account (tenant_id, user_id, name, role)
             select tenant_id, gen_random_uuid(), '{name}', '{role}' from vestibule.login where email = '{owner}'
             returning tenant_id, user_id)
         insert into vestibule.login (email, tenant_id, user_id, password_hash)
         select '{name}@maple.example', colleague.tenant_id, colleague.user_id, login.password_hash
         from vestibule.login, colleague where login.email = '{owner}'"
    );
    administer(door, &colleague).await;
    Manager::signed_in(&door.api, &format!("{name}@maple.example"), door.building.password()).await
}

/// What no API of ours does, straight in the database.
pub async fn administer(door: &Door, sql: &str) {
    use sqlx::Executor;
    let mut admin = database::connect(&door.database).await;
    admin.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
}
