//! The arguments.

use protocol::ids::{ClientId, ObjectId, TenantId};

use exchange_service::Principal;

pub(crate) const USAGE: &str = "\
exchange-service: exchanges Entra tokens for Communication Services tokens

  --config FILE    the configuration (default: exchange-service.toml)
  --check          read and check the configuration, and end
  --reach          the same, and ask what it points at: issuers, ACS, the clock
  --print-config   print the configuration in effect, without its secret, and end
  --help           this text

  assignments list
      who of Entra's users may come in: kind, id, tenant and applications
  assignments add --tenant ID (--user ID | --group ID | --everybody) [--client ID]...
      lets them in through these applications, without any: through the page
  assignments remove ID
      no longer lets in whom this id stands for

The access key comes from the file that acs.access_key_file names, or from
ACS_ACCESS_KEY or ACS_CONNECTION_STRING in the environment; a secondary one from
acs.secondary_access_key_file or ACS_SECONDARY_ACCESS_KEY; a client secret from
acs.identity_secret_file or ACS_IDENTITY_SECRET; never from an argument.";

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Task {
    Serve,
    Check,
    Reach,
    Print,
    Help,
    Assignments(Change),
}

/// What to do with the assignments.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    List,
    Add {
        object: ObjectId,
        tenant: TenantId,
        principal: Principal,
        /// Empty: the page's.
        clients: Vec<ClientId>,
    },
    Remove(ObjectId),
}

/// The task, and the file with the configuration. The error says what is wrong, and shows no argument, because one may be
/// the key.
pub(crate) fn read(mut given: impl Iterator<Item = String>) -> Result<(Task, String), String> {
    let (mut task, mut path) = (Task::Serve, "exchange-service.toml".to_owned());
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--config" => path = given.next().ok_or("--config needs a file")?,
            "--check" => task = Task::Check,
            "--reach" => task = Task::Reach,
            "--print-config" => task = Task::Print,
            "--help" | "-h" => return Ok((Task::Help, path)),
            // All that follows is its own.
            "assignments" => return change(&mut given).map(|change| (Task::Assignments(change), path)),
            _ => return Err("unknown argument".to_owned()),
        }
    }
    Ok((task, path))
}

fn change(given: &mut impl Iterator<Item = String>) -> Result<Change, String> {
    let change = match given.next().as_deref() {
        Some("list") => Change::List,
        Some("add") => add(given)?,
        Some("remove") => Change::Remove(id(given, "assignments remove")?),
        _ => return Err("assignments: list, add or remove".to_owned()),
    };
    match given.next() {
        Some(_) => Err("unknown argument".to_owned()),
        None => Ok(change),
    }
}

fn add(given: &mut impl Iterator<Item = String>) -> Result<Change, String> {
    let (mut tenant, mut who, mut clients) = (None, vec![], vec![]);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--tenant" => tenant = Some(id(given, "--tenant")?),
            "--user" => who.push((Principal::User, Some(id(given, "--user")?))),
            "--group" => who.push((Principal::Group, Some(id(given, "--group")?))),
            "--everybody" => who.push((Principal::Tenant, None)),
            "--client" => clients.push(id(given, "--client")?),
            _ => return Err("unknown argument".to_owned()),
        }
    }
    let tenant: TenantId = tenant.ok_or("assignments add: --tenant is missing")?;
    let [(principal, object)] =
        <[_; 1]>::try_from(who).map_err(|_| "assignments add: exactly one of --user, --group and --everybody")?;
    // Everybody of a tenant has the tenant's own id.
    let of_tenant = || tenant.as_str().parse().expect("a tenant's id is a GUID");
    let object = object.unwrap_or_else(of_tenant);
    Ok(Change::Add { object, tenant, principal, clients })
}

fn id<T: std::str::FromStr>(given: &mut impl Iterator<Item = String>, of: &str) -> Result<T, String> {
    given.next().and_then(|text| text.parse().ok()).ok_or_else(|| format!("{of} needs a GUID"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "32c0a5db-05ec-78ea-51ab-3f06b329397e";
    const TENANT: &str = "fab00000-0000-4000-8000-000000000001";

    fn task(line: &str) -> Result<Task, String> {
        read(line.split_whitespace().map(str::to_owned)).map(|(task, _)| task)
    }

    #[test]
    fn assignments_are_listed_added_and_removed() {
        assert_eq!(task("assignments list"), Ok(Task::Assignments(Change::List)));
        assert_eq!(
            task(&format!("assignments remove {ID}")),
            Ok(Task::Assignments(Change::Remove(ID.parse().unwrap())))
        );
        for (who, principal, object) in [
            (format!("--user {ID}"), Principal::User, ID),
            (format!("--group {ID}"), Principal::Group, ID),
            ("--everybody".to_owned(), Principal::Tenant, TENANT),
        ] {
            let clients = vec![ID.parse().unwrap()];
            let (tenant, object) = (TENANT.parse().unwrap(), object.parse().unwrap());
            assert_eq!(
                task(&format!("assignments add --tenant {TENANT} --client {ID} {who}")),
                Ok(Task::Assignments(Change::Add { object, tenant, principal, clients }))
            );
        }
    }

    #[test]
    fn what_is_not_said_in_full_is_not_done_and_not_shown() {
        for line in [
            "assignments",
            "assignments erase",
            "assignments list canary",
            "assignments remove",
            "assignments remove canary",
            "assignments add",
            "assignments add --everybody",
            &format!("assignments add --tenant {TENANT}"),
            &format!("assignments add --tenant {TENANT} --everybody --user {ID}"),
            &format!("assignments add --tenant {TENANT} --user canary"),
            &format!("assignments add --tenant {TENANT} --user {ID} --client canary"),
            &format!("assignments add --tenant organizations --user {ID}"),
            "--canary",
            "--config",
        ] {
            let message = task(line).unwrap_err();
            assert!(!message.contains("canary"), "{line}: {message}");
        }
    }
}
