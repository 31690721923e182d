//! The live side while new is slow, hung, dead, flapping, answers rubbish or never ends. A contender is held against
//! its own plain mode in the same round; another program's speed is no excuse and no merit here.

use crate::bodies::Size;
use crate::cli::{Faults, Flags};
use crate::contender::Contender;
use crate::generator::Load;
use crate::lab::Lab;
use crate::run::Outcome;
use crate::trial::{New, Trial};

pub fn run(lab: &Lab, wanted: &Faults, flags: &Flags, outcome: &mut Outcome) {
    let mut pairs = vec![(Contender::ReadshiftOff, Contender::ReadshiftShadow)];
    if wanted.peers {
        pairs.push((Contender::Nginx, Contender::NginxMirror));
        pairs.push((Contender::Envoy, Contender::EnvoyMirror));
    }
    let trials: Vec<Trial> = pairs
        .into_iter()
        .flat_map(|(plain, mirror)| {
            let faults = wanted.wanted().iter().map(move |fault| (mirror, New::Faulty(*fault)));
            [(plain, New::Healthy), (mirror, New::Healthy)].into_iter().chain(faults)
        })
        .map(|(contender, new)| Trial {
            scenario: "faults",
            contender,
            new,
            size: Size::USUAL,
            load: Load::Saturated,
        })
        .collect();
    super::repeat(lab, &trials, flags, outcome);
}
