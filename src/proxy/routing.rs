//! Which requests belong to which route, and what the live path knows of each: swapped as a whole while requests
//! run. A request goes by one routing from its head to its end.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use arc_swap::{ArcSwap, Cache};

use crate::{
    domain::{assign::Assignment, percent::Share, route::Table},
    shadow::read,
};

/// What the live path knows of a route.
pub struct Route {
    /// The place of its rollout among the flags.
    pub rollout: usize,
    /// Its requests only read, whatever their method and with or without a body.
    pub declared_read: bool,
    /// The share of its reads that is mirrored.
    pub sample: Share,
    /// Separates the sampling of this route from every other use of the hash.
    pub sample_group: String,
    pub assignment: Assignment,
    /// New's 5xx is answered by old, as its failures before the first byte always are.
    pub rescue_5xx: bool,
    pub shadow: Arc<read::Route>,
}

/// A table, and at the same places its routes.
#[derive(Clone)]
pub struct Routing {
    pub table: Arc<Table>,
    pub routes: Arc<[Route]>,
    /// Headers with secrets of testers, in lower case: no side gets them, on whatever route.
    stripped: Arc<[String]>,
}

impl Routing {
    pub fn new(table: Table, routes: impl IntoIterator<Item = Route>) -> Routing {
        let routes: Arc<[Route]> = routes.into_iter().collect();
        let testers = routes.iter().filter_map(|route| route.assignment.tester.as_ref());
        let mut stripped: Vec<_> = testers.map(|tester| tester.header.clone()).collect();
        stripped.sort_unstable();
        stripped.dedup();
        Routing { table: Arc::new(table), routes, stripped: stripped.into() }
    }

    pub fn stripped(&self) -> &[String] {
        &self.stripped
    }
}

/// One thread's view of the routing in force: to look is a comparison of two pointers.
pub struct Current(RefCell<Seen>);

struct Seen {
    newest: Cache<Arc<ArcSwap<Routing>>, Arc<Routing>>,
    known: Arc<Routing>,
    /// The same, counted within this thread: requests of other threads do not touch its count.
    lent: Rc<Routing>,
}

impl Current {
    pub fn new(shared: Arc<ArcSwap<Routing>>) -> Current {
        let known = shared.load_full();
        let lent = Rc::new(Routing::clone(&known));
        Current(RefCell::new(Seen { newest: Cache::new(shared), known, lent }))
    }

    pub fn get(&self) -> Rc<Routing> {
        let mut seen = self.0.borrow_mut();
        let Seen { newest, known, lent } = &mut *seen;
        let newest = newest.load();
        if !Arc::ptr_eq(newest, known) {
            *known = newest.clone();
            *lent = Rc::new(Routing::clone(known));
        }
        lent.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::route;

    fn routing(id: &str) -> Routing {
        let route = route::Route {
            id: id.to_owned(),
            methods: Vec::new(),
            host: None,
            path: route::Pattern::everything(),
            declared_read: false,
        };
        Routing::new(Table::new(vec![route]), [])
    }

    #[test]
    fn a_request_keeps_the_routing_it_began_with_and_the_next_one_gets_the_new_one() {
        let shared = Arc::new(ArcSwap::from_pointee(routing("a")));
        let current = Current::new(shared.clone());
        let id = |routing: &Routing| routing.table.routes()[0].id.clone();
        let first = current.get();
        shared.store(Arc::new(routing("b")));
        let second = current.get();
        assert_eq!((id(&first), id(&second)), ("a".to_owned(), "b".to_owned()));
        assert!(Rc::ptr_eq(&second, &current.get()));
    }
}
