//! What `--help` says of every command, as Markdown.

use std::fmt::Write as _;

use clap::{Arg, Command};

/// A heading for each command, with a table of its arguments and options; the options of every command once, at the end.
pub(super) fn of(root: &Command) -> String {
    let mut root = root.clone();
    root.build();
    let mut text = String::new();
    for command in root.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help") {
        describe(&mut text, command, "ossup");
    }
    text += "### Options of every command\n\n";
    table(&mut text, root.get_arguments().filter(|argument| argument.is_global_set()));
    text
}

fn describe(text: &mut String, command: &Command, parent: &str) {
    let name = format!("{parent} {}", command.get_name());
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let aliases: Vec<_> = command.get_visible_aliases().map(|alias| format!("`{alias}`")).collect();
    let aliases = if aliases.is_empty() { String::new() } else { format!(" Also: {}.", aliases.join(", ")) };
    let _ = write!(text, "### `{name}`\n\n{}.{aliases}\n\n", about.trim_end_matches('.'));
    table(text, command.get_arguments().filter(|argument| !argument.is_global_set()));
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help") {
        describe(text, inner, &name);
    }
}

fn table<'a>(text: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    let shown = |argument: &&Arg| !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str());
    let mut arguments = arguments.filter(shown).peekable();
    if arguments.peek().is_none() {
        return;
    }
    text.push_str("| | |\n|---|---|\n");
    for argument in arguments {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(text, "| {} | {} |", names(argument), cell(&help));
    }
    text.push('\n');
}

/// `-s`, `--long VALUE`; of a positional argument its value.
fn names(argument: &Arg) -> String {
    let values: Vec<_> = argument.get_value_names().into_iter().flatten().map(ToString::to_string).collect();
    let value = if argument.get_action().takes_values() { values.join(" ") } else { String::new() };
    if argument.is_positional() {
        return format!("`{value}`");
    }
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let aliases = argument.get_visible_aliases().into_iter().flatten().map(|alias| format!("--{alias}"));
    let names: Vec<_> = short.into_iter().chain(long).chain(aliases).map(|name| format!("`{name}`")).collect();
    let value = if value.is_empty() { String::new() } else { format!(" `{value}`") };
    format!("{}{value}", names.join(", ")).replace('|', "\\|")
}

/// One line; a bar would end the cell, and angle brackets would be a tag.
fn cell(help: &str) -> String {
    let line = help.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*")
}
