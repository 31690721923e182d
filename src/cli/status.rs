//! `readshift status`: one screen of where every rollout stands, once or again and again.

use std::{
    io::{IsTerminal as _, stdout},
    thread,
    time::Duration,
};

use rustix::termios::tcgetwinsize;

use super::{
    Exit,
    admin::Admin,
    args::{Format, Status},
    out,
    report::wants_colour,
};

const EVERY: Duration = Duration::from_secs(1);
/// To the top, and after everything: clear what was there before. Never the whole screen, which would flicker.
const HOME: &str = "\u{1b}[H";
const CLEAR_LINE: &str = "\u{1b}[K";
const CLEAR_BELOW: &str = "\u{1b}[J";

pub fn run(args: &Status) -> anyhow::Result<Exit> {
    let admin = Admin::of(&args.admin)?;
    if args.format == Format::Json {
        out::print(&admin.get("/api/v1/rollouts")?.text()?)?;
        return Ok(Exit::Fine);
    }
    if !args.watch || !stdout().is_terminal() {
        out::print(&screen(&admin)?)?;
        return Ok(Exit::Fine);
    }
    out::print(&format!("{HOME}{CLEAR_BELOW}"))?;
    loop {
        // Whoever watches wants to see it come back, too.
        let shown = screen(&admin).unwrap_or_else(|error| format!("readshift: {error:#}\n"));
        out::print(&redrawn(&shown))?;
        thread::sleep(EVERY);
    }
}

fn screen(admin: &Admin) -> anyhow::Result<String> {
    let format = if wants_colour() { "colour" } else { "text" };
    let size = tcgetwinsize(stdout()).ok().filter(|size| size.ws_col > 0 && size.ws_row > 0);
    let size = match size {
        // The last line belongs to the prompt.
        Some(size) => format!("&width={}&height={}", size.ws_col, size.ws_row.saturating_sub(1)),
        None => String::new(),
    };
    admin.get(&format!("/api/v1/rollouts?format={format}{size}"))?.text()
}

fn redrawn(shown: &str) -> String {
    let lines: Vec<_> = shown.lines().map(|line| format!("{line}{CLEAR_LINE}\n")).collect();
    format!("{HOME}{}{CLEAR_BELOW}", lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_drawn_over_the_one_before() {
        assert_eq!(redrawn("a\nb\n"), "\u{1b}[Ha\u{1b}[K\nb\u{1b}[K\n\u{1b}[J");
    }
}
