//! What an expression asks for, found out once: which names it uses, whether it looks at bodies, and how the work of
//! judging it grows with them.

use cel::common::ast::{EntryExpr, Expr, IdedExpr, operators};

use super::pair::{NAMES, SIDE, SIDES};

/// Loops inside each other: the third is for tables of tables.
const MOST_LOOPS: u32 = 3;
/// Parts of an expression inside each other: each takes up to 40 KiB of the stack of the thread that judges, which
/// has 2 MiB of it.
const DEEPEST: u32 = 30;
/// A pattern is made ready each time it is used, which costs as much as looking at so many values.
const PATTERN: usize = 500;

/// Names of types, which may be used as values.
const TYPES: [&str; 10] =
    ["bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type"];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    pub needs_bodies: bool,
    /// How many loops stand inside each other, at most.
    loops: u32,
    patterns: bool,
}

/// How large the two bodies are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Size {
    /// Values and keys.
    pub nodes: usize,
    /// Elements of the longest list or map.
    pub longest: usize,
}

struct Walk<'e> {
    survey: Survey,
    /// Variables of the loops around.
    bound: Vec<&'e str>,
}

impl Survey {
    /// Why the expression can never be judged, in words, where that is so.
    pub fn of(expression: &IdedExpr) -> Result<Survey, String> {
        let mut walk = Walk { survey: Survey::default(), bound: Vec::new() };
        walk.see(expression, 0, 0)?;
        Ok(walk.survey)
    }

    /// Values that may have to be gone through, at most.
    pub fn work(&self, size: Size) -> usize {
        let around = size.longest.max(1).saturating_pow(self.loops.saturating_sub(1));
        let each = if self.patterns && self.loops > 0 { PATTERN } else { 1 };
        size.nodes.saturating_mul(around).saturating_mul(each)
    }
}

impl<'e> Walk<'e> {
    fn see(&mut self, expression: &'e IdedExpr, loops: u32, depth: u32) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("its parts stand inside each other more than {DEEPEST} deep"));
        }
        let depth = depth + 1;
        match &expression.expr {
            Expr::Unspecified => Err("it is no whole expression".to_owned()),
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => match &select.operand.expr {
                Expr::Ident(side)
                    if SIDES.contains(&side.as_str()) && !self.bound.contains(&side.as_str()) =>
                {
                    self.part(side, &select.field)
                }
                _ => self.see(&select.operand, loops, depth),
            },
            Expr::Call(call) => {
                self.survey.patterns |= call.func_name == "matches";
                // To look for something in a list goes through it.
                let inside = loops + u32::from(call.func_name == operators::IN && loops > 0);
                self.survey.loops = self.survey.loops.max(inside);
                call.target.iter().try_for_each(|target| self.see(target, loops, depth))?;
                call.args.iter().try_for_each(|argument| self.see(argument, loops, depth))
            }
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.see(element, loops, depth)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.see(&entry.key, loops, depth)?;
                    self.see(&entry.value, loops, depth)
                }
                EntryExpr::StructField(field) => self.see(&field.value, loops, depth),
            }),
            Expr::Struct(_) => Err("there are no types to be made here".to_owned()),
            Expr::Comprehension(each) => {
                self.see(&each.iter_range, loops, depth)?;
                let inside = loops + 1;
                if inside > MOST_LOOPS {
                    return Err(format!("more than {MOST_LOOPS} loops stand inside each other"));
                }
                self.survey.loops = self.survey.loops.max(inside);
                let before = self.bound.len();
                self.bound.extend([each.iter_var.as_str(), each.accu_var.as_str()]);
                self.bound.extend(each.iter_var2.as_deref());
                [&each.accu_init, &each.loop_cond, &each.loop_step, &each.result]
                    .into_iter()
                    .try_for_each(|part| self.see(part, inside, depth))?;
                self.bound.truncate(before);
                Ok(())
            }
        }
    }

    /// A name that stands by itself.
    fn name(&mut self, name: &str) -> Result<(), String> {
        if self.bound.contains(&name) || TYPES.contains(&name) {
            return Ok(());
        }
        // All of a side, its body with it.
        self.survey.needs_bodies |= SIDES.contains(&name);
        match NAMES.contains(&name) {
            true => Ok(()),
            false => Err(format!("there is no {name}; there are {}", NAMES.join(", "))),
        }
    }

    /// One part of a side.
    fn part(&mut self, side: &str, part: &str) -> Result<(), String> {
        self.survey.needs_bodies |= part == "body";
        match SIDE.contains(&part) {
            true => Ok(()),
            false => Err(format!("there is no {side}.{part}; {side} has {}", SIDE.join(", "))),
        }
    }
}
