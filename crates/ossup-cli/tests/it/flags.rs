//! Every flag that works has a test that fails if the flag is read and ignored. Which one is written here, and compared with
//! what the program itself says of its commands: a flag without a row, a row without a flag, a test that is not there or
//! does not use the flag is a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::support::{end, ossup};

/// Commands, flags of each of them, and the test that proves that they do something. `*` stands for every command.
const PROOFS: &[(&str, &str, &str)] = &[
    // Where the service is, and how it is reached.
    ("*", "--endpoint", "global::options_stand_before_or_behind_the_command"),
    ("*", "--region", "global::endpoint_and_region_come_from_the_environment_too"),
    ("*", "--addressing-style", "global::buckets_are_addressed_as_asked"),
    (
        "*",
        "--ca-file --connect-timeout",
        "flags_other::the_emulator_is_served_as_asked flags_other::a_connection_takes_no_longer_than_asked",
    ),
    ("*", "--proxy", "global::a_proxy_carries_the_requests"),
    ("*", "--read-timeout", "global::limits_of_time_are_kept"),
    ("*", "--retry-times", "global::requests_are_tried_as_often_as_asked"),
    ("*", "--request-payer", "global::the_requester_pays_when_asked_to"),
    ("*", "--config-file --profile", "config::credentials_and_place_come_from_the_profile"),
    ("*", "--mode --ignore-env-var", "credentials::the_first_source_with_credentials_is_used_and_the_others_say_why"),
    (
        "*",
        "--sign-version --bind-address --log-file",
        "credentials::the_wire_has_what_was_asked_of_signatures_and_connections",
    ),
    ("*", "--user-agent", "credentials::each_option_can_be_set_by_its_variable"),
    ("*", "--json --output-format", "global::options_stand_before_or_behind_the_command"),
    ("*", "--quiet", "flags_other::a_quiet_run_prints_what_was_asked_for_and_errors"),
    ("*", "--loglevel", "global::a_log_is_written_when_asked_for_and_a_quiet_run_says_nothing"),
    // Filters.
    (
        "ls, du, cp, mv, sync, rm, check, set-props",
        "--include --exclude --filter --include-from --exclude-from --filter-from --files-from --files-from-raw --min-size \
         --max-size --min-age --max-age --min-mtime --max-mtime --shard",
        "flags_filters::every_filter_chooses_in_every_command",
    ),
    ("ls, cp, mv, sync, rm", "--start-after --end-with", "flags_filters::every_filter_chooses_in_every_command"),
    // Properties.
    (
        "cp, mv, sync, append",
        "--acl --storage-class --metadata --tagging --content-type --cache-control --content-disposition --content-encoding \
         --expires --server-side-encryption --server-side-encryption-key-id --header --if-none-match",
        "flags_properties::every_property_reaches_the_wire_in_every_command",
    ),
    (
        "set-props",
        "--acl --storage-class --metadata --tagging --content-type --cache-control --content-disposition --content-encoding \
         --expires --server-side-encryption --server-side-encryption-key-id --header --if-none-match",
        "flags_properties::every_property_can_be_set_of_what_exists",
    ),
    (
        "uploads resume",
        "--acl --storage-class --metadata --tagging --content-type --cache-control --content-disposition --content-encoding \
         --expires --server-side-encryption --server-side-encryption-key-id --header --if-none-match",
        "flags_properties::an_upload_is_resumed_with_every_property_that_it_was_begun_with",
    ),
    // Transfers.
    (
        "cp, mv, sync",
        "--part-size --bigfile-threshold",
        "flags_transfers::parts_are_as_large_as_asked_and_begin_where_asked_in_every_command",
    ),
    ("cp, mv, sync", "--parallel-num", "flags_transfers::as_many_parts_are_under_way_as_asked_in_every_command"),
    ("cp, mv, sync", "--part-attempts", "flags_transfers::a_part_is_tried_as_often_as_asked_in_every_command"),
    ("cp, mv, sync", "--rate", "flags_transfers::a_rate_holds_in_every_command"),
    ("cp, mv, sync", "--verify", "flags_transfers::what_is_verified_can_be_chosen_in_every_command"),
    ("cp, mv, sync", "--preserve", "flags_transfers::times_are_kept_in_every_command"),
    (
        "cp, mv, sync",
        "--checkpoint-dir --leave-parts-on-error",
        "flags_transfers::what_failed_leaves_records_or_parts_where_asked_in_every_command",
    ),
    ("cp, mv, sync", "--no-checkpoint", "records::no_record_is_kept_if_none_is_to_be_in_every_command"),
    ("cp, mv, sync", "--jobs", "flags_transfers::as_many_files_are_under_way_as_asked_in_every_command"),
    (
        "cp, mv, sync",
        "--max-errors --report",
        "flags_transfers::nothing_more_begins_after_so_many_errors_in_every_command",
    ),
    ("cp, mv, sync", "--progress", "flags_transfers::progress_is_written_for_programs_in_every_command"),
    ("cp, mv, sync", "--no-progress", "progress::many_files_are_a_sum_and_a_bar_for_each_large_one"),
    ("cp, mv", "--dry-run", "safety::a_dry_run_of_any_command_writes_nothing_and_tells_the_same"),
    ("cp, mv", "--recursive", "flags_transfers::links_are_followed_or_refused_by_a_move_too"),
    ("cp, mv", "--dereference --no-dereference", "flags_transfers::links_are_followed_or_refused_by_a_move_too"),
    (
        "cp, mv",
        "--metadata-directive --tagging-directive --copy-props --if-match",
        "flags_transfers::what_a_copy_takes_from_its_source_can_be_chosen_in_every_command",
    ),
    ("cp", "--dirs", "transfer_flags::only_the_folder_itself_is_transferred_when_asked_for"),
    ("cp", "--limited-num", "transfer_flags::no_more_than_the_limited_number_are_transferred"),
    ("mv", "--dirs --limited-num", "flags_transfers::a_move_takes_a_part_of_a_folder_when_asked_to"),
    ("cp", "--update --size-only --ignore-existing --force", "below::what_exists_is_left_when_asked_for"),
    ("cp", "--checksum", "transfer_flags::a_copy_skips_what_has_the_same_content_when_asked_for"),
    ("cp", "--checkers", "transfer_flags::as_many_destinations_are_looked_at_at_once_as_asked_for"),
    (
        "mv",
        "--update --size-only --ignore-existing --checksum --checkers --force",
        "flags_transfers::a_move_leaves_what_exists_when_asked_to",
    ),
    ("mv", "--keep-empty-dirs", "mv::empty_folders_stay_when_asked_for_and_files_that_were_not_moved"),
    ("cp", "--version-id", "copy::a_version_or_an_entity_tag_chooses_the_source"),
    ("mv", "--version-id", "flags_transfers::a_move_is_of_no_version"),
    ("cp, mv", "--local", "flags_transfers::a_move_can_go_to_the_emulator_inside_of_it"),
    // Sync and check.
    ("sync", "--compare", "flags_other::a_sync_compares_as_asked"),
    ("sync", "--dry-run --exit-code", "sync::a_dry_run_prints_what_the_run_does_and_its_exit_code_can_tell"),
    ("sync", "--plan --apply", "sync::a_plan_is_written_and_carried_out_but_for_what_changed"),
    ("sync, check", "--checkers", "flags_other::as_many_contents_are_compared_at_once_as_asked"),
    ("sync", "--follow-links --temp-dir", "flags_other::a_sync_follows_links_and_keeps_its_files_where_asked"),
    ("sync", "--list-jobs --list-qps", "flags_other::a_sync_lists_as_fast_and_as_often_at_once_as_asked"),
    ("sync", "--verbose --backup-dir", "sync::filters_backups_and_versions_are_told"),
    (
        "sync",
        "--recursive --delete --max-delete --delete-excluded --delete-anyway --delete-checked --allow-empty-source --force",
        "flags_other::a_sync_deletes_no_more_than_asked",
    ),
    ("check", "--compare", "check::what_is_compared_can_be_chosen"),
    ("check", "--missing-only", "check::what_is_compared_can_be_chosen"),
    ("check", "--follow-links", "check::links_count_only_when_they_are_followed"),
    ("check", "--manifest --write-manifest", "check::a_manifest_is_written_and_verified_later"),
    // Looking.
    ("ls", "--recursive", "ls::a_folder_an_object_and_a_prefix_are_told_apart"),
    ("ls", "--dirs", "ls::what_is_wrong_is_one_line_and_a_missing_bucket_a_failure"),
    ("ls", "--short-format --null", "ls::keys_with_line_feeds_are_escaped_for_people_and_whole_for_programs"),
    ("ls", "--all-versions", "ls::versions_and_delete_markers_are_listed"),
    ("ls", "--multipart", "ls::unfinished_uploads_are_listed"),
    ("ls", "--limited-num --page-size", "ls::no_more_pages_are_asked_for_than_are_wanted"),
    ("ls", "--human-readable", "ls::rows_are_aligned_and_counted"),
    ("ls", "--sort", "ls::filters_choose_and_the_order_may_be_given_up"),
    ("ls, du", "--jobs", "flags_other::a_list_in_no_order_takes_as_many_requests_at_once_as_asked"),
    ("stat", "--version-id", "stat::a_version_is_described_when_asked_for"),
    ("stat", "--tags --acl", "stat::an_object_is_described_as_oss_describes_it"),
    ("du", "--depth --block-size --human-readable", "du::sizes_are_added_up_and_the_total_is_last"),
    ("du", "--by --multipart", "du::sums_are_by_what_is_asked_for"),
    ("du", "--all-versions", "du::classes_and_versions_count_when_asked_for"),
    ("cat", "--offset --count --head --tail", "cat::a_range_of_an_object_is_written"),
    ("cat", "--version-id", "cat::a_version_is_written_when_asked_for"),
    ("cat", "--gunzip --jobs", "cat::packed_content_is_unpacked_and_ranges_come_at_once"),
    ("cat", "--strict", "flags_other::a_reader_that_goes_away_is_a_failure_when_strict"),
    ("hash", "--type", "hash::files_objects_and_standard_input_have_the_same_hash"),
    ("hash", "--composite", "hash::the_etag_of_an_upload_in_parts_can_be_computed"),
    ("hash", "--check", "hash::a_list_is_compared"),
    // Deleting.
    ("rm", "--recursive --force", "rm::what_is_named_is_deleted_and_nothing_else"),
    ("rm", "--multipart", "rm::unfinished_uploads_are_aborted"),
    ("rm", "--all-versions --version-id", "rm::versions_are_kept_unless_all_are_to_go"),
    ("rm", "--older-than", "rm::what_is_named_is_deleted_and_nothing_else"),
    ("rm", "--max-delete", "safety::what_may_be_deleted_is_counted_before_anything_is"),
    ("rm", "--dry-run", "rm::rows_say_what_is_deleted"),
    ("rm", "--report", "rm::a_report_has_a_line_for_each_deletion"),
    ("rm", "--null", "rm::keys_come_from_standard_input"),
    (
        "rb",
        "--recursive --force --yes-delete-bucket --dry-run",
        "rm::a_bucket_is_deleted_when_it_is_empty_or_with_all_that_is_in_it",
    ),
    ("uploads list", "--prefix --older-than --human-readable", "uploads::they_are_listed_with_what_they_hold"),
    (
        "uploads list, uploads abort",
        "--checkpoint-dir",
        "uploads::a_record_of_a_failed_upload_is_seen_and_goes_with_it",
    ),
    ("uploads abort", "--older-than --upload-id --dry-run", "uploads::those_that_are_chosen_are_aborted"),
    ("uploads abort", "--prefix", "flags_other::uploads_are_aborted_by_the_beginning_of_their_keys"),
    ("uploads resume", "--all --checkpoint-dir --dry-run", "uploads_resume::uploads_with_a_record_are_resumed"),
    ("uploads resume", "--preserve", "uploads_resume::an_upload_that_cannot_be_resumed_is_left_as_it_is"),
    (
        "uploads resume",
        "--parallel-num --rate",
        "flags_other::an_upload_is_resumed_as_fast_and_in_as_many_parts_at_once_as_asked",
    ),
    (
        "uploads adopt",
        "--all --checkpoint-dir --dry-run --from --records",
        "uploads_resume::what_an_sdk_began_is_adopted",
    ),
    ("uploads adopt", "--parallel-num --rate", "flags_other::what_an_sdk_began_is_adopted_as_fast_as_asked"),
    // Making and changing.
    ("mb", "--acl --storage-class --redundancy-type", "global::a_bucket_is_made_as_asked"),
    ("append", "--position", "objects::bytes_are_appended_piece_by_piece_and_verified"),
    ("restore", "--recursive --days --tier --dry-run", "objects::archived_objects_are_restored_as_asked"),
    ("restore", "--version-id", "flags_other::a_version_is_restored"),
    ("set-props", "--recursive --dry-run", "objects::properties_are_changed_and_the_others_stay"),
    ("presign", "--expires-duration --expires-date", "presign::a_url_ends_when_it_is_to_end"),
    (
        "presign",
        "--method --query-param --header --version-id",
        "presign::a_url_works_without_credentials_for_what_it_is_made_for",
    ),
    ("presign", "--recursive", "presign::every_object_of_a_folder_is_signed_when_asked_for"),
    ("presign", "--post-policy --max-size", "presign::a_form_uploads_what_its_policy_allows_and_nothing_else"),
    ("presign", "--public-endpoint", "presign::a_url_may_be_one_of_the_public_endpoint"),
    // The emulator.
    (
        "serve",
        "--port --dir --tls --ca-out --region --bucket --etag --durability --faults --listen \
         --expose-to-the-network-and-accept-the-risk --callback-ca",
        "flags_other::the_emulator_is_served_as_asked",
    ),
    ("serve", "--synthetic", "serve::buckets_may_list_synthetic_objects"),
    ("serve", "--domain", "serve::it_is_reached_by_the_names_it_was_given"),
    ("serve", "--cors-allow-origin", "serve::pages_of_the_origins_it_was_given_may_use_it"),
    ("serve", "--control", "serve::faults_are_added_and_requests_looked_at_while_it_runs"),
];

/// The flags of each command as the program lists them: the long name of each, and all of its names.
async fn flags() -> BTreeMap<(String, String), Vec<String>> {
    let text = end(ossup(None, &["man", "--markdown"]).spawn().unwrap()).await.succeeded().stdout;
    let (mut command, mut found) = (String::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            let name = heading.trim_matches('`').strip_prefix("ossup ");
            name.unwrap_or("*").clone_into(&mut command);
        }
        let Some(cell) = line.strip_prefix("| `-") else { continue };
        let cell = format!("`-{}", cell.split(" | ").next().unwrap());
        let names: Vec<_> = cell.split('`').filter(|name| name.starts_with('-')).map(str::to_owned).collect();
        let long = names.iter().find(|name| name.starts_with("--")).unwrap_or(&names[0]).clone();
        found.insert((command.clone(), long), names);
    }
    found
}

/// The names of the tests that a plain run of this program runs.
fn tests() -> BTreeSet<String> {
    let list = |more: &[&str]| {
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program).args(["--list", "--format", "terse"]).args(more).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    &list(&[]) - &list(&["--ignored"])
}

/// The text of a test, and of what its module has for all of them.
fn text_of(test: &str) -> String {
    let (module, name) = test.rsplit_once("::").unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(module).with_extension("rs");
    let file = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut pieces = file.split("\n#[tokio::test");
    let shared = pieces.next().unwrap().to_owned();
    let of_it = pieces.find(|piece| piece.contains(&format!(" fn {name}("))).unwrap_or_default();
    shared + of_it
}

/// Whether a text has one of the names as a word of a command line; short ones may stand together.
fn uses(text: &str, names: &[String]) -> bool {
    let words = || text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|word| word.starts_with('-'));
    names.iter().any(|name| match name.strip_prefix("--") {
        Some(_) => words().any(|word| word == name),
        None => words().any(|word| !word.starts_with("--") && word.contains(&name[1..])),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flag_has_a_test_that_fails_if_it_is_ignored() {
    let (flags, tests) = (flags().await, tests());
    let mut proven = BTreeSet::new();
    let mut wrong = Vec::new();
    for (commands, names, by) in PROOFS {
        by.split(' ').filter(|test| !tests.contains(*test)).for_each(|test| wrong.push(format!("{test} is not run")));
        let text: String = by.split(' ').filter(|test| tests.contains(*test)).map(text_of).collect();
        for command in commands.split(", ") {
            for flag in names.split_whitespace() {
                let key = (command.to_owned(), flag.to_owned());
                match flags.get(&key) {
                    None => wrong.push(format!("{command} has no {flag}")),
                    Some(names) if !uses(&text, names) => wrong.push(format!("{by} does not use {flag} of {command}")),
                    Some(_) => {}
                }
                if !proven.insert(key) {
                    wrong.push(format!("{command} {flag} has two rows"));
                }
            }
        }
    }
    let missing = flags.keys().filter(|key| !proven.contains(*key));
    wrong.extend(missing.map(|(command, flag)| format!("{flag} of {command} has no row")));
    assert!(flags.len() > 400, "{}", flags.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), flags.len(), wrong.join("\n"));
}
