//! Which of the two systems a backend plays.

/// Old is right. New has the defects of [`super::defects::DEFECTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    Old,
    New,
}
