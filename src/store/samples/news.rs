//! What has come since it was last handed out: for the one who writes it down.

use super::{Sample, Samples, Shape};
use crate::domain::{account::Heading, compare::signature::Signature};

/// One shape, and what is new of it.
#[derive(Clone, Debug)]
pub struct News {
    pub signature: Signature,
    /// All of them, not only the new ones.
    pub count: u64,
    pub first_millis: u64,
    pub last_millis: u64,
    /// All that are kept where the shape itself is new, otherwise the newest one: a shape that goes on and on says
    /// nothing more.
    pub samples: Vec<Sample>,
}

impl Samples {
    /// Of a route, at most so many shapes, those not seen for longest first. Nothing is handed out twice.
    pub fn take_news(&self, heading: Heading, most: usize) -> Vec<News> {
        let Some(mut known) = self.routes.get_mut(&heading) else { return Vec::new() };
        let mut shapes: Vec<_> = known.shapes.values_mut().filter(|shape| shape.count > shape.told).collect();
        shapes.sort_by_key(|shape| shape.turn);
        shapes.into_iter().take(most).map(Shape::tell).collect()
    }
}

impl Shape {
    fn tell(&mut self) -> News {
        let skipped = if self.told == 0 { 0 } else { self.samples.len().saturating_sub(1) };
        self.told = self.count;
        News {
            signature: self.signature.clone(),
            count: self.count,
            first_millis: self.first_millis,
            last_millis: self.last_millis,
            samples: self.samples.iter().skip(skipped).cloned().collect(),
        }
    }
}
