//! The page about the tables says what is so.

use super::{
    super::{Settings, base::Base, rollouts},
    made::moved,
};

const PAGE: &str = include_str!("../../../../docs/store.md");

fn base() -> Base {
    Base::open(&Settings { dir: None, keep_days: 30, max_bytes: 1 << 20 }, "a run").unwrap()
}

#[test]
fn every_query_of_the_page_runs() {
    let base = base();
    let (mut draft, state) = moved("users", 1);
    (draft.past_gate, draft.at_millis) = (true, crate::clock::unix_millis());
    draft.evidence =
        r#"{"conditions":[{"measure":"soak","standing":"unmet"},{"measure":"drops","standing":"met"}]}"#
            .to_owned();
    rollouts::set(&base, draft, &state).unwrap();
    let queries: Vec<&str> =
        PAGE.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(queries.len(), 3);
    for query in &queries {
        base.connection.prepare(query).unwrap().query([]).unwrap().next().unwrap();
    }
    let unmet: String = base.connection.query_row(queries[2], [], |row| row.get("unmet")).unwrap();
    assert_eq!(unmet, "soak");
    let moves: String = base.connection.query_row(queries[0], [], |row| row.get("to_stage")).unwrap();
    assert_eq!(moves, "1%");
}

#[test]
fn every_table_and_column_is_on_the_page() {
    let base = base();
    let mut columns = base
        .connection
        .prepare(
            "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'",
        )
        .unwrap();
    let rows = columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let named: Vec<(String, String)> = rows.map(Result::unwrap).collect();
    assert!(named.len() > 50);
    for (table, column) in named {
        let line = PAGE.lines().find(|line| line.starts_with(&format!("| `{table}` |")));
        assert!(line.unwrap().contains(&format!("`{column}`")), "{table}.{column}");
    }
}
