//! The report: what is known of every route, for a person who has to decide and for a program.
//!
//! A pure function of its facts. The same facts give the same bytes: no clock is read here, and every
//! list has an order. Its JSON shape is written down in `docs/report.md`.

mod build;
mod lines;
mod noise;
mod rereads;
mod rules;
mod shapes;
mod text;
mod text_shapes;
mod view;
mod warnings;

pub use super::sheet::Paint;
pub use noise::{NoiseView, NoisyPlace, SuggestionView};
pub use rereads::{ClassCount, ControlView, LagView, RereadsView, UnreadCount};
pub use rules::Rule;
pub use shapes::{ExplanationView, ShapeView};
pub use view::{
    AccountView, DifferenceView, Forgotten, HeaderCount, LatencyView, NoteCount, Quantiles, Report,
    RouteView, Row, SampleView, ShadowView, Status, Statuses, Warning,
};

#[cfg(test)]
mod tests;
