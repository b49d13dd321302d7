//! Limits the number of connections. When all slots are taken, the client network with the most connections gives one
//! up for a newcomer (REV-05).
//!
//! So no client can lock others out, and none is limited while there is room. Probes need no reserved slots, because
//! few connections come from their network.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::rate_limit::Site;

pub(crate) struct Connections {
    free: Arc<Semaphore>,
    most: usize,
    taken: Mutex<Taken>,
    gave_way: AtomicU64,
    refused: AtomicU64,
}

#[derive(Default)]
struct Taken {
    /// A counter of events, which orders them.
    moment: u64,
    /// The connections by site, and then by the number of the moment at which they began.
    sites: HashMap<Site, HashMap<u64, Occupant>>,
}

struct Occupant {
    /// The number of requests that wait for their response: 0 or 1.
    busy: usize,
    /// The moment at which the connection began or its last response ended.
    last_used: u64,
    give_way: Arc<Notify>,
}

/// The number of open connections, of those that gave way, and of those that were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) open: usize,
    pub(crate) gave_way: u64,
    pub(crate) refused: u64,
}

/// The slot of one connection. Dropping it frees the slot.
pub(crate) struct ConnectionSlot {
    connections: Arc<Connections>,
    site: Site,
    number: u64,
    give_way: Arc<Notify>,
    _free: OwnedSemaphorePermit,
}

/// A request that waits for its response. Dropping it makes the connection idle.
pub(crate) struct Request {
    slot: Arc<ConnectionSlot>,
}

impl Connections {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(most)),
            most,
            taken: Mutex::default(),
            gave_way: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    pub(crate) fn census(&self) -> Census {
        Census {
            open: self.most - self.free.available_permits().min(self.most),
            gave_way: self.gave_way.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// A slot for a connection from this address. `None` if no connection can be closed for it.
    pub(crate) async fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Arc<ConnectionSlot>> {
        let site = Site::from(peer);
        let free = match self.free.clone().try_acquire_owned() {
            Ok(free) => free,
            Err(_) if self.taken.lock().give_way_to(site) => {
                self.gave_way.fetch_add(1, Ordering::Relaxed);
                // The other connection closes at once, because it was notified.
                self.free.clone().acquire_owned().await.ok()?
            }
            Err(_) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return None;
            }
        };
        let give_way = Arc::new(Notify::new());
        let number = self.taken.lock().take(site, give_way.clone());
        Some(Arc::new(ConnectionSlot { connections: self.clone(), site, number, give_way, _free: free }))
    }
}

impl Taken {
    fn next_moment(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    fn take(&mut self, site: Site, give_way: Arc<Notify>) -> u64 {
        let number = self.next_moment();
        self.sites.entry(site).or_default().insert(number, Occupant { busy: 0, last_used: number, give_way });
        number
    }

    fn leave(&mut self, site: Site, number: u64) {
        if let Some(of_site) = self.sites.get_mut(&site) {
            of_site.remove(&number);
            if of_site.is_empty() {
                self.sites.remove(&site);
            }
        }
    }

    fn occupant(&mut self, site: Site, number: u64) -> Option<&mut Occupant> {
        self.sites.get_mut(&site)?.get_mut(&number)
    }

    /// Notifies one connection that it must close for this newcomer. Returns whether there is one.
    fn give_way_to(&mut self, newcomer: Site) -> bool {
        let own = self.sites.get(&newcomer).map_or(0, HashMap::len);
        // Among equal sites, the newcomer's own is chosen.
        let Some((&site, of_site)) = self.sites.iter().max_by_key(|(site, all)| (all.len(), **site == newcomer)) else {
            return false;
        };
        let held = of_site.len();
        // The connection that has been idle for the longest time, or a request in flight if none is idle.
        let Some((&number, occupant)) = of_site.iter().min_by_key(|(_, one)| (one.busy, one.last_used)) else {
            return false;
        };
        // A request in flight is closed only for a client with clearly fewer connections. Behind a proxy, all clients
        // count as one.
        if occupant.busy > 0 && held <= own + 1 {
            return false;
        }
        occupant.give_way.notify_one();
        // Removed, so that it is not notified twice.
        self.leave(site, number);
        true
    }
}

impl ConnectionSlot {
    /// Waits until this slot is needed for another connection.
    pub(crate) async fn wanted(&self) {
        self.give_way.notified().await;
    }

    /// Marks the connection as busy, until the returned value is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Request {
        if let Some(occupant) = self.connections.taken.lock().occupant(self.site, self.number) {
            occupant.busy += 1;
        }
        Request { slot: self.clone() }
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.connections.taken.lock().leave(self.site, self.number);
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let ConnectionSlot { connections, site, number, .. } = &*self.slot;
        let mut taken = connections.taken.lock();
        let moment = taken.next_moment();
        if let Some(occupant) = taken.occupant(*site, *number) {
            occupant.busy -= 1;
            occupant.last_used = moment;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// The slot if there is one now, without waiting for another connection to close.
    fn now(connections: &Arc<Connections>, peer: &str) -> Option<Arc<ConnectionSlot>> {
        connections.admit(ip(peer)).now_or_never().flatten()
    }

    fn is_wanted(slot: &Arc<ConnectionSlot>) -> bool {
        slot.wanted().now_or_never().is_some()
    }

    /// Closes the connections that were notified, as `serve` does. Returns their number.
    fn end_if_wanted(slots: &mut Vec<Arc<ConnectionSlot>>) -> usize {
        let before = slots.len();
        slots.retain(|slot| !is_wanted(slot));
        before - slots.len()
    }

    #[test]
    fn closes_the_longest_idle_connection_of_the_largest_client() {
        // REV-05
        let connections = Connections::new(4);
        let greedy: Vec<_> = ["192.0.2.1"; 3].iter().map(|peer| now(&connections, peer).unwrap()).collect();
        let honest = now(&connections, "198.51.100.1").unwrap();
        // The first connection was used most recently.
        drop(greedy[0].begin());
        let mut newcomer = Box::pin(connections.admit(ip("203.0.113.1")));
        assert!(newcomer.as_mut().now_or_never().is_none(), "the slot is not free before the other has ended");
        assert_eq!(greedy.iter().map(is_wanted).collect::<Vec<_>>(), [false, true, false]);
        assert!(!is_wanted(&honest));
        let [first, second, third] = greedy.try_into().unwrap_or_else(|_| panic!("three"));
        drop(second);
        assert!(newcomer.as_mut().now_or_never().flatten().is_some());
        drop((first, third, honest));
        assert_eq!(connections.census(), Census { open: 0, gave_way: 1, refused: 0 });
    }

    #[test]
    fn one_site_cannot_lock_others_out() {
        // REV-05
        let connections = Connections::new(100);
        // A /48 contains 65,536 networks of the size that one customer gets.
        let mut attack: Vec<_> =
            (0..100).map(|number| now(&connections, &format!("2001:db8:1:{number:x}::1")).unwrap()).collect();
        // All of them are busy, for example because they send a body slowly.
        let requests: Vec<_> = attack.iter().map(ConnectionSlot::begin).collect();
        assert!(now(&connections, "2001:db8:1:ffff::1").is_none(), "what is its own does not end for it");
        let mut honest = vec![];
        for number in 0..50 {
            let mut newcomer = Box::pin(connections.admit(ip(&format!("192.0.2.{number}"))));
            assert!(newcomer.as_mut().now_or_never().is_none());
            assert_eq!(end_if_wanted(&mut attack), 1, "and its request holds the slot until that has ended");
            honest.push(newcomer);
        }
        drop(requests);
        drop(attack);
        assert!(honest.into_iter().all(|newcomer| newcomer.now_or_never().flatten().is_some()));
    }

    #[test]
    fn behind_a_proxy_closes_idle_connections_and_no_requests_in_flight() {
        // REV-05
        let connections = Connections::new(2);
        let (idle, busy) = (now(&connections, "127.0.0.1").unwrap(), now(&connections, "127.0.0.1").unwrap());
        let request = busy.begin();
        let mut newcomer = Box::pin(connections.admit(ip("127.0.0.1")));
        assert!(newcomer.as_mut().now_or_never().is_none());
        assert_eq!((is_wanted(&idle), is_wanted(&busy)), (true, false));
        drop(idle);
        let newcomer = newcomer.now_or_never().flatten().unwrap();
        let second = newcomer.begin();
        assert!(now(&connections, "127.0.0.1").is_none());
        assert_eq!(connections.census(), Census { open: 2, gave_way: 1, refused: 1 });
        drop((request, second));
    }
}
