//! What each site holds of a limited resource. If nothing is left, the largest site loses its oldest entry (REV-07,
//! REV-08). Refusing newcomers instead would let a few networks lock out all others.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use super::ids::Reserved;
use crate::rate_limit::Site;

/// The memory of all mailboxes of one store, in bytes.
pub(super) const MAX_SIZE: usize = 32 * 1024 * 1024;

/// The size that counts for a mailbox without its response, in bytes. It limits the number of mailboxes to 65,536.
pub(super) const ENTRY_SIZE: usize = 512;

/// The sites and what they hold. Requests without a known address count as one site.
#[derive(Default)]
pub(super) struct SiteUsage {
    sites: HashMap<Option<Site>, Usage>,
    /// Among sites of equal size, the one with the oldest entry is last and is evicted first. So the choice of an
    /// address does not decide which site is evicted.
    by_size: BTreeSet<(usize, Reverse<u64>, Option<Site>)>,
    total: usize,
    /// The number of entries ever made, which orders entries by age.
    count: u64,
}

#[derive(Default)]
struct Usage {
    size: usize,
    /// Oldest first.
    entries: BTreeMap<u64, Reserved>,
}

impl Usage {
    fn rank(&self, site: Option<Site>) -> (usize, Reverse<u64>, Option<Site>) {
        let oldest = self.entries.first_key_value().map_or(u64::MAX, |(number, _)| *number);
        (self.size, Reverse(oldest), site)
    }
}

/// One entry of one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsageEntry {
    site: Option<Site>,
    number: u64,
    size: usize,
}

impl SiteUsage {
    pub(super) fn add(&mut self, reserved: Reserved, site: Option<Site>, size: usize) -> UsageEntry {
        self.count += 1;
        let held = UsageEntry { site, number: self.count, size };
        self.change(site, |usage| {
            usage.size += size;
            usage.entries.insert(held.number, reserved);
        });
        held
    }

    pub(super) fn remove(&mut self, held: UsageEntry) {
        self.change(held.site, |usage| {
            if usage.entries.remove(&held.number).is_some() {
                usage.size -= held.size;
            }
        });
    }

    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// The size of what one site holds.
    pub(super) fn of(&self, site: Option<Site>) -> usize {
        self.sites.get(&site).map_or(0, |usage| usage.size)
    }

    /// The size of the largest site, and its oldest entry.
    pub(super) fn largest(&self) -> Option<(usize, Reserved)> {
        let (size, _, site) = self.by_size.last()?;
        let (_, oldest) = self.sites.get(site)?.entries.first_key_value()?;
        Some((*size, *oldest))
    }

    fn change(&mut self, site: Option<Site>, change: impl FnOnce(&mut Usage)) {
        let usage = self.sites.entry(site).or_default();
        self.by_size.remove(&usage.rank(site));
        self.total -= usage.size;
        change(usage);
        self.total += usage.size;
        if usage.entries.is_empty() {
            self.sites.remove(&site);
        } else {
            self.by_size.insert(usage.rank(site));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::test_data::{reserved, site};

    #[test]
    fn of_equal_sites_the_one_with_the_oldest_entry_is_evicted() {
        // REV-08: the order of the entries decides, not the address.
        for (first, second) in [(1, 2), (2, 1)] {
            let mut usage = SiteUsage::default();
            usage.add(reserved(1), site(first), 30);
            usage.add(reserved(2), site(second), 30);
            assert_eq!(usage.largest(), Some((30, reserved(1))));
        }
    }

    #[test]
    fn the_largest_site_loses_its_oldest_entry() {
        let mut usage = SiteUsage::default();
        let first = usage.add(reserved(1), site(1), 30);
        usage.add(reserved(2), site(1), 30);
        let other = usage.add(reserved(3), site(2), 50);
        assert_eq!(usage.largest(), Some((60, reserved(1))));
        usage.remove(first);
        assert_eq!(usage.largest(), Some((50, reserved(3))));
        // Removing twice changes nothing.
        usage.remove(first);
        usage.remove(other);
        assert_eq!((usage.largest(), usage.total()), (Some((30, reserved(2))), 30));
        assert_eq!((usage.of(site(1)), usage.of(site(2)), usage.sites.len()), (30, 0, 1));
    }
}
