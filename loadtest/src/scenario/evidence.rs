//! What evidence and gates cost: this readshift beside one from before there were any, with and without a shadow,
//! under many distinct reads, so that each is a unit of evidence of its own.

use crate::bodies::Size;
use crate::cli::Flags;
use crate::contender::Contender;
use crate::generator::Load;
use crate::lab::Lab;
use crate::run::Outcome;
use crate::trial::{New, Trial};

pub fn run(lab: &Lab, flags: &Flags, outcome: &mut Outcome) {
    let contenders =
        [Contender::BeforeOff, Contender::ReadshiftOff, Contender::BeforeShadow, Contender::ReadshiftShadow];
    let trials = contenders.map(|contender| Trial {
        scenario: "evidence",
        contender,
        new: New::Healthy,
        size: Size::USUAL,
        load: Load::Distinct,
    });
    super::repeat(lab, &trials, flags, outcome);
}
