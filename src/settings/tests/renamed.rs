//! Tests of settings by the names that they had in an earlier version.

use super::*;

const MEMBER: &str = "rooms.suspect_member_timeout_s";
const EARLIER: &str = "rooms.doubted_member_timeout_s";
const MEMBER_VARIABLE: &str = "ZAIBO_ROOMS__SUSPECT_MEMBER_TIMEOUT_S";
const EARLIER_VARIABLE: &str = "ZAIBO_ROOMS__DOUBTED_MEMBER_TIMEOUT_S";

fn load_warned(file: &str, environment: &[(&str, &str)]) -> (Rooms, Vec<String>) {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join(FILE), file).expect("written");
    let loaded = load_with_warnings(folder.path(), environment, &Flags::default());
    let Loaded {
        settings, warnings, ..
    } = loaded.expect("taken");
    (settings.rooms, warnings)
}

#[test]
fn an_earlier_name_is_taken_as_that_of_today_and_the_warning_names_both_and_the_place() {
    let file = "[rooms]\ndoubted_member_timeout_s = 7\ndoubted_host_timeout_s = 8\nmic_seats = 2";
    let (rooms, warnings) = load_warned(file, &[]);
    assert_eq!(
        (
            rooms.suspect_member_timeout_s,
            rooms.suspect_host_timeout_s,
            rooms.mic_seats
        ),
        (7, 8, 2)
    );
    let [member, host] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    for part in [MEMBER, EARLIER, FILE] {
        assert!(member.contains(part), "{member}");
    }
    for part in [
        "rooms.suspect_host_timeout_s",
        "rooms.doubted_host_timeout_s",
    ] {
        assert!(host.contains(part), "{host}");
    }

    let (rooms, warnings) = load_warned("", &[(EARLIER_VARIABLE, "7")]);
    assert_eq!(rooms.suspect_member_timeout_s, 7);
    let [line] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    for part in [MEMBER, EARLIER, EARLIER_VARIABLE] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn both_names_in_one_source_are_refused() {
    let file = "[rooms]\ndoubted_member_timeout_s = 7\nsuspect_member_timeout_s = 7";
    let variables = [(EARLIER_VARIABLE, "7"), (MEMBER_VARIABLE, "7")];
    for (line, place) in [
        (refusal(file, &[]), FILE),
        (refusal("", &variables), "environment"),
    ] {
        for part in [MEMBER, EARLIER, place] {
            assert!(line.contains(part), "{line}");
        }
    }
}

#[test]
fn the_names_of_one_setting_in_two_sources_follow_the_order_of_sources() {
    let earlier = "[rooms]\ndoubted_member_timeout_s = 7";
    let today = "[rooms]\nsuspect_member_timeout_s = 7";
    for (file, variable) in [(earlier, MEMBER_VARIABLE), (today, EARLIER_VARIABLE)] {
        let (rooms, warnings) = load_warned(file, &[(variable, "8")]);
        assert_eq!(rooms.suspect_member_timeout_s, 8, "{variable}");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
    }
}

#[test]
fn a_wrong_value_by_an_earlier_name_is_refused_where_it_stands() {
    let line = refusal("", &[(EARLIER_VARIABLE, "soon")]);
    assert!(
        line.contains(MEMBER) && line.contains(EARLIER_VARIABLE),
        "{line}"
    );
    let line = refusal("[rooms]\ndoubted_member_timeout_s = 0", &[]);
    assert!(
        line.contains(MEMBER) && line.contains("1 to 3600"),
        "{line}"
    );
}
