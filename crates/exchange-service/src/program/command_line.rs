//! The arguments.

use std::{ffi::OsString, fmt::Display, path::PathBuf, str::FromStr};

use clap::{Args, CommandFactory, Parser, Subcommand};
use contract::ids::{ClientId, ObjectId, TenantId};
use exchange_service::{Assignment, Principal};

const SECRETS: &str = "\
The access key comes from the file that acs.access_key_file names, or from
ACS_ACCESS_KEY or ACS_CONNECTION_STRING in the environment; a secondary one from
acs.secondary_access_key_file or ACS_SECONDARY_ACCESS_KEY; a client secret from
acs.identity_secret_file or ACS_IDENTITY_SECRET; never from an argument.";

/// Exchanges Entra tokens for Communication Services tokens
#[derive(Debug, Parser)]
#[command(name = "exchange-service", version, after_help = SECRETS, flatten_help = true)]
pub(crate) struct Arguments {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "exchange-service.toml")]
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) instead: Instead,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What the program does instead of serving.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Instead {
    /// Read and check the configuration, and end
    #[arg(long)]
    pub(crate) check: bool,
    /// The same, and ask what it points at: issuers, ACS, the clock
    #[arg(long)]
    pub(crate) reach: bool,
    /// Print the configuration in effect, without its secret, and end
    #[arg(long)]
    pub(crate) print_config: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Access of Entra ID users to the ACS resource
    #[command(subcommand, flatten_help = true, arg_required_else_help = false)]
    Assignments(Change),
}

/// What to do with the assignments.
#[derive(Debug, Subcommand)]
pub(crate) enum Change {
    /// List who has access: kind, id, tenant and applications
    List,
    /// Give access
    Add(Add),
    /// Take the access of this id away
    Remove {
        /// Of a person, a group or a tenant
        #[arg(value_name = "ID", value_parser = guid::<ObjectId>)]
        object: ObjectId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The tenant of the person or the group
    #[arg(long, value_name = "ID", value_parser = guid::<TenantId>)]
    tenant: TenantId,
    #[command(flatten)]
    principal: PrincipalArguments,
    /// An application through which access is given, more than once for several [default: the page]
    #[arg(long = "client", value_name = "ID", value_parser = guid::<ClientId>)]
    clients: Vec<ClientId>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct PrincipalArguments {
    /// One person
    #[arg(long, value_name = "ID", value_parser = guid::<ObjectId>)]
    user: Option<ObjectId>,
    /// The members of a group
    #[arg(long, value_name = "ID", value_parser = guid::<ObjectId>)]
    group: Option<ObjectId>,
    /// All people of the tenant
    #[arg(long)]
    everybody: bool,
}

/// Reads the arguments. The first is the program's name.
pub(crate) fn read(arguments: impl Iterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(arguments)
}

/// What is wrong, and all options. It shows no argument, because one may be the key.
pub(crate) fn message(error: &clap::Error) -> String {
    format!("{}\n\n{}", error.kind(), Arguments::command().render_help())
}

fn guid<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

impl Add {
    /// `page` is the application if none is named.
    pub(crate) fn assignment(self, page: &ClientId) -> Assignment {
        let Self { tenant, principal: PrincipalArguments { user, group, everybody: _ }, clients } = self;
        let (principal, object) = match (user, group) {
            (Some(user), _) => (Principal::User, user),
            (None, Some(group)) => (Principal::Group, group),
            // All people of a tenant have the tenant's own id.
            (None, None) => (Principal::Tenant, tenant.as_str().parse().expect("a tenant's id is a GUID")),
        };
        let clients = if clients.is_empty() { vec![page.clone()] } else { clients };
        Assignment { object, tenant, principal, clients }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "32c0a5db-05ec-78ea-51ab-3f06b329397e";
    const TENANT: &str = "fab00000-0000-4000-8000-000000000001";
    const PAGE: &str = "acc00000-0000-4000-8000-000000000010";

    fn arguments(line: &str) -> Result<Arguments, String> {
        let words = ["exchange-service"].into_iter().chain(line.split_whitespace()).map(OsString::from);
        read(words).map_err(|error| message(&error))
    }

    fn change(line: &str) -> Change {
        let Some(Command::Assignments(change)) = arguments(line).unwrap().command else { panic!("{line}") };
        change
    }

    #[test]
    fn assignments_are_listed_added_and_removed() {
        assert!(matches!(change("assignments list"), Change::List));
        let Change::Remove { object } = change(&format!("assignments remove {ID}")) else { panic!("not removed") };
        assert_eq!(object, ID.parse().unwrap());
        for (who, principal, object) in [
            (format!("--user {ID}"), Principal::User, ID),
            (format!("--group {ID}"), Principal::Group, ID),
            ("--everybody".to_owned(), Principal::Tenant, TENANT),
        ] {
            for (client, named) in [(PAGE, String::new()), (ID, format!("--client {ID}"))] {
                let line = format!("assignments add --tenant {TENANT} {named} {who}");
                let Change::Add(add) = change(&line) else { panic!("{line}") };
                let clients = vec![client.parse().unwrap()];
                let (tenant, object) = (TENANT.parse().unwrap(), object.parse().unwrap());
                assert_eq!(add.assignment(&PAGE.parse().unwrap()), Assignment { object, tenant, principal, clients });
            }
        }
    }

    #[test]
    fn the_definition_of_the_arguments_is_consistent() {
        Arguments::command().debug_assert();
        assert_eq!(arguments("").unwrap().config, PathBuf::from("exchange-service.toml"));
    }

    #[test]
    fn an_error_says_what_is_wrong_and_lists_the_options_of_the_commands() {
        for (line, problem) in [
            ("assignments", "a subcommand is required but one was not provided"),
            ("assignments add", "one or more required arguments were not provided"),
            ("--check --reach", "an argument cannot be used with one or more of the other specified arguments"),
        ] {
            let message = arguments(line).unwrap_err();
            assert_eq!(message.lines().next(), Some(problem), "{line}");
            for option in ["--config", "--tenant", "--everybody", "assignments remove"] {
                assert!(message.contains(option), "{line}: {option} in {message}");
            }
        }
    }

    #[test]
    fn refuses_incomplete_commands_without_showing_their_arguments() {
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
            let message = arguments(line).unwrap_err();
            assert!(!message.contains("canary"), "{line}: {message}");
        }
    }
}
