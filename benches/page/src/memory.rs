//! The memory of the browser's processes, from Linux's /proc.

use std::{collections::BTreeMap, fs};

/// The memory of processes that this one has started and that are a browser, in MB. Memory that processes share counts
/// in parts: it is the proportional set size (PSS).
///
/// # Errors
///
/// Without Linux's /proc.
pub(crate) fn memory() -> Result<f64, String> {
    let parents = parents().map_err(|error| format!("/proc: {error}"))?;
    let is_ours = |mut id: u32| {
        while let Some((parent, _)) = parents.get(&id) {
            if *parent == std::process::id() {
                return true;
            }
            id = *parent;
        }
        false
    };
    let is_browser = |name: &str| name.starts_with("chrom") && name != "chromedriver";
    let found = parents.iter().filter(|(id, (_, name))| is_browser(name) && is_ours(**id)).map(|(id, _)| *id);
    Ok(found.filter_map(proportional).sum::<f64>() / 1_000.0)
}

/// Parent and name of each process.
fn parents() -> std::io::Result<BTreeMap<u32, (u32, String)>> {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // Fails for a process that has ended.
        let Some(parent) = fs::read_to_string(entry.path().join("stat")).ok().and_then(|stat| parent(&stat)) else {
            continue;
        };
        parents.insert(id, parent);
    }
    Ok(parents)
}

/// Reads proc(5). The name, which can have spaces, is in parentheses. State and parent follow.
fn parent(stat: &str) -> Option<(u32, String)> {
    let (before, after) = stat.rsplit_once(") ")?;
    let (_, name) = before.split_once('(')?;
    Some((after.split(' ').nth(1)?.parse().ok()?, name.to_owned()))
}

/// The proportional set size of a process, in KB.
fn proportional(process: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().strip_suffix(" kB")?.parse::<f64>().ok().map(|kib| kib * 1.024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_a_parent_and_a_name() {
        assert_eq!(parent("7 (a b) c) S 3 7 7 0"), Some((3, "a b) c".to_owned())));
        assert_eq!(parent(""), None);
    }
}
