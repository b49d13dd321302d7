//! `--reach`: prints a line for each peer that the configuration names.

use exchange_service::{Configuration, ExchangeService, SystemClock};

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(configuration: Configuration) -> Result<(), String> {
    let service = ExchangeService::new(configuration, SystemClock::start()).map_err(|error| error.to_string())?;
    let mut all_good = true;
    for reached in service.reach().await {
        match reached.outcome {
            Ok(()) => println!("{}: good", reached.what),
            Err(fault) => {
                all_good = false;
                println!("{}: {fault}", reached.what);
            }
        }
    }
    if all_good { Ok(()) } else { Err("not all of what the configuration points at works".to_owned()) }
}
