//! The administrator's commands.

use exchange_service::{Assignment, Assignments, Configuration, Principal, SystemClock};

use super::command_line::Change;

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(configuration: Configuration, change: Change) -> Result<(), String> {
    let text = |error: &dyn ToString| error.to_string();
    let assignments = Assignments::new(configuration, SystemClock::start()).map_err(|error| text(&error))?;
    match change {
        Change::List => {
            for assignment in assignments.list().await.map_err(|error| text(&error))? {
                println!("{}", line(&assignment));
            }
        }
        Change::Add(add) => {
            let assignment = add.assignment(assignments.page());
            let is_new = assignments.add(&assignment).await.map_err(|error| text(&error))?;
            println!("{} {}", if is_new { "added" } else { "replaced" }, line(&assignment));
        }
        Change::Remove { object } => {
            assignments.remove(&object).await.map_err(|error| text(&error))?;
            println!("removed {object}");
        }
    }
    Ok(())
}

fn line(Assignment { object, tenant, principal, clients }: &Assignment) -> String {
    let principal = match principal {
        Principal::Group => "group",
        Principal::Tenant => "everybody",
        Principal::User => "user",
    };
    let clients: Vec<_> = clients.iter().map(ToString::to_string).collect();
    format!("{principal} {object} of {tenant} through {}", clients.join(" "))
}
