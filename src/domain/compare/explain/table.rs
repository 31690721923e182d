//! Which value of new stands for which of old, where there are only a few: the table of an enum.

/// Rows of a table: more values are no enum.
const MOST_ROWS: usize = 16;
/// Bytes of a value that may stand in one.
const LONGEST: usize = 48;
/// Differences before a table is one; every row is seen twice, on average, too.
const LEAST_SEEN: u64 = 5;

/// A value of old, the one of new that stands for it, and how often they met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub old: String,
    pub new: String,
    pub count: u64,
}

/// What met what so far.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    /// There was too much, or too long a value, for a table.
    endless: bool,
}

impl Table {
    pub fn see(&mut self, old: &str, new: &str) {
        if self.endless {
            return;
        }
        if let Some(row) = self.rows.iter_mut().find(|row| row.old == old) {
            // A contradiction counts as seen, and as not accounted for.
            row.count += u64::from(row.new == new);
        } else if self.rows.len() >= MOST_ROWS || old.len().max(new.len()) > LONGEST {
            self.endless = true;
            self.rows = Vec::new();
        } else {
            self.rows.push(Row { old: old.to_owned(), new: new.to_owned(), count: 1 });
        }
    }

    /// How many differences it accounts for, where it is a table.
    pub fn accounts_for(&self) -> Option<u64> {
        let seen: u64 = self.rows.iter().map(|row| row.count).sum();
        let rows = self.rows.len() as u64;
        let varied = self.rows.iter().any(|row| self.rows.first().is_some_and(|first| first.new != row.new));
        (varied && seen >= LEAST_SEEN && seen >= rows * 2).then_some(seen)
    }

    /// The heaviest first.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = self.rows.clone();
        rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.old.cmp(&b.old)));
        rows
    }
}
