//! The report: what is known of every route, for a person who has to decide and for a program.
//!
//! A pure function of its facts. The same facts give the same bytes: no clock is read here, and every
//! list has an order. Its JSON shape is written down in `docs/report.md`.

mod build;
mod noise;
mod rereads;
mod text;
mod view;
mod warnings;

pub use noise::{NoiseView, NoisyPlace, SuggestionView};
pub use rereads::{ClassCount, ControlView, LagView, RereadsView};
pub use text::Paint;
pub use view::{
    AccountView, DifferenceView, ExplanationView, Forgotten, HeaderCount, LatencyView, Quantiles, Report,
    RouteView, Row, Rule, SampleView, ShadowView, ShapeView, Status, Statuses, Warning,
};

#[cfg(test)]
mod tests;
