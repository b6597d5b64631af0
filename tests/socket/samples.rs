//! Every published client plays its story: it registers, hosts, watches and leaves, as in its
//! sources.

use std::collections::BTreeSet;

use crate::fixtures::{Device, SAMPLES, Step};
use crate::server::Server;

/// Commands that need two hosts and a server with special settings. They have a test of their own.
const BETWEEN_HOSTS: &[&str] = &["linksig"];

/// The actions of a client, in their order.
pub(crate) struct Story {
    pub(crate) client: &'static str,
    pub(crate) host: Part,
    pub(crate) viewer: Part,
}

#[derive(Default)]
pub(crate) struct Part {
    /// The steps until the user is in a room.
    pub(crate) begin: &'static [&'static str],
    /// The steps that are repeated in the room.
    pub(crate) stay: &'static [&'static str],
    /// The steps from leaving the room on.
    pub(crate) end: &'static [&'static str],
}

pub(crate) const STORIES: &[Story] = &[
    Story {
        client: "android-2018",
        host: Part {
            begin: &[
                "regist",
                "login",
                "get_sign",
                "create",
                "reportroom & heartbeat role=1",
            ],
            stay: &[
                "heartbeat role=1",
                "reportmemid role=1 operate=0",
                "roomidlist",
                "reportrecord",
                "livestreamlist",
                "getroomplayurl",
            ],
            end: &[
                "exitroom & reportmemid operate=1",
                "recordlist",
                "recordlist s_uid=user0001",
                "logout",
            ],
        },
        viewer: Part {
            begin: &[
                "regist",
                "login",
                "roomlist",
                "heartbeat role=0 roomnum=-1",
                "reportmemid role=0 operate=0",
            ],
            stay: &[
                "heartbeat role=0 roomnum=-1",
                "reportmemid role=0 operate=0",
                "roomidlist",
            ],
            end: &["exitroom roomnum=-1", "reportmemid operate=1", "logout"],
        },
    },
    Story {
        client: "android-2016-12",
        host: Part {
            begin: &["regist", "login", "get_sign", "create", "reportroom"],
            stay: &[
                "heartbeat roomnum=10001",
                "reportmemid role=1 operate=0",
                "roomidlist",
            ],
            end: &["exitroom & reportmemid operate=1", "logout"],
        },
        viewer: Part {
            begin: &[
                "regist",
                "login",
                "roomlist",
                "reportmemid role=1 operate=0",
            ],
            stay: &["heartbeat roomnum=-1", "roomidlist"],
            end: &["exitroom roomnum=-1 & reportmemid operate=1", "logout"],
        },
    },
    Story {
        client: "ios-2018",
        host: Part {
            begin: &[
                "regist",
                "login",
                "get_sign",
                "create",
                // The report is on its way with the earlier token.
                "authPrivMap & reportmemid role=1 operate=0",
                "reportroom",
            ],
            stay: &["heartbeat", "roomidlist", "reportrecord"],
            end: &[
                "exitroom",
                // After a crash it goes live again in the room that it remembers.
                "authPrivMap",
                "reportroom",
                "heartbeat",
                "exitroom",
                "recordlist",
                "recordlist s_uid=user0001",
                "logout",
            ],
        },
        viewer: Part {
            begin: &[
                "regist",
                "login",
                "roomlist",
                "authPrivMap & reportmemid role=0 operate=0",
            ],
            stay: &["heartbeat role=0", "roomidlist"],
            end: &["reportmemid role=0 operate=1", "logout"],
        },
    },
    Story {
        client: "ios-2017-01",
        host: Part {
            begin: &[
                "regist",
                "login",
                "get_sign",
                "create",
                "reportmemid role=1",
                "reportroom",
            ],
            // Its reportrecord still has the fields of an older version.
            stay: &["heartbeat", "roomidlist", "reportrecord -> 10003"],
            end: &["exitroom", "recordlist", "logout"],
        },
        viewer: Part {
            begin: &["regist", "login", "roomlist", "reportmemid role=0"],
            stay: &["heartbeat role=0", "roomidlist"],
            end: &["reportmemid role=0 operate=1", "logout"],
        },
    },
    Story {
        client: "macos-2018",
        host: Part {
            begin: &[
                "regist",
                "login",
                "create",
                "authPrivMap & reportmemid role=1 operate=0",
                "reportroom",
            ],
            stay: &["heartbeat", "roomidlist", "reportrecord"],
            end: &["exitroom", "recordlist", "logout"],
        },
        viewer: Part {
            begin: &[
                "regist",
                "login",
                "roomlist",
                "authPrivMap & reportmemid role=0 operate=0",
            ],
            stay: &["heartbeat role=0", "roomidlist"],
            end: &["reportmemid role=0 operate=1", "logout"],
        },
    },
    Story {
        client: "windows-2019",
        host: WINDOWS_HOST,
        viewer: WINDOWS_VIEWER,
    },
    Story {
        client: "windows-2017-01",
        host: WINDOWS_HOST,
        viewer: WINDOWS_VIEWER,
    },
    Story {
        client: "web-ie-2018",
        host: Part {
            begin: &["regist", "login", "create", "reportroom", "heartbeat"],
            stay: &["heartbeat", "roomidlist"],
            end: &["exitroom", "logout"],
        },
        viewer: Part {
            begin: &["regist", "login", "roomlist", "reportmemid operate=0"],
            stay: &["heartbeat role=0 & roomidlist"],
            end: &["reportmemid operate=1", "logout"],
        },
    },
    Story {
        client: "webrtc-pc-2017",
        host: Part {
            begin: &["regist", "login", "create", "reportroom"],
            stay: &["heartbeat role=2"],
            end: &["recordlist"],
        },
        viewer: Part {
            begin: &["regist", "login", "roomlist"],
            ..NOTHING
        },
    },
    Story {
        client: "web-mobile-2017",
        host: Part {
            begin: &["regist", "login", "create", "reportroom"],
            stay: &["heartbeat"],
            ..NOTHING
        },
        viewer: Part {
            begin: &["regist", "login", "roomlist"],
            // This viewer reports the room that they watch as if it were their own, and ignores the
            // answer.
            stay: &["reportroom -> 20001", "heartbeat"],
            ..NOTHING
        },
    },
    Story {
        client: "java-integrator",
        host: NOTHING,
        viewer: Part {
            begin: &["regist", "login", "roomlist"],
            ..NOTHING
        },
    },
];

const NOTHING: Part = Part {
    begin: &[],
    stay: &[],
    end: &[],
};

const WINDOWS_HOST: Part = Part {
    begin: &[
        "regist",
        "login",
        "create",
        "reportroom",
        "reportmemid role=1 operate=0",
    ],
    stay: &["roomidlist", "heartbeat role=1"],
    end: &["exitroom", "logout"],
};

const WINDOWS_VIEWER: Part = Part {
    begin: &[
        "regist",
        "login",
        "roomlist",
        "reportmemid role=0 operate=0",
    ],
    stay: &["roomidlist", "heartbeat role=0"],
    end: &["reportmemid role=0 operate=1", "logout"],
};

pub(crate) fn story(client: &str) -> &'static Story {
    let found = STORIES.iter().find(|story| story.client == client);
    found.unwrap_or_else(|| panic!("no story of {client}"))
}

/// One user hosts, another one finds the live in the list and watches it, then both leave.
fn hosts_and_watches(client: &'static str) {
    let (server, told) = (Server::start(&[]), story(client));
    // A client that never hosts watches the live of an Android app.
    let hosting = if told.host.begin.is_empty() {
        story("android-2018")
    } else {
        told
    };
    let mut host = Device::new(&server, hosting.client, 0);
    host.play(hosting.host.begin);
    host.play(hosting.host.stay);
    let mut viewer = Device::new(&server, client, host.room);
    for step in told.viewer.begin {
        let answer = viewer.step(step);
        if *step == "roomlist" {
            let rooms = answer.data["rooms"].as_array().expect("a list");
            assert!(
                rooms.iter().any(|room| room["uid"] == *host.id),
                "{rooms:?}"
            );
        }
    }
    for _ in 0..2 {
        viewer.play(told.viewer.stay);
        host.play(hosting.host.stay);
    }
    viewer.play(told.viewer.end);
    host.play(hosting.host.end);
}

macro_rules! clients {
    ($($test:ident: $client:literal,)*) => {
        $(
            #[test]
            fn $test() {
                hosts_and_watches($client);
            }
        )*

        #[test]
        fn every_sample_is_played_or_needs_two_hosts() {
            let told: BTreeSet<&str> = STORIES.iter().map(|story| story.client).collect();
            assert_eq!(told, BTreeSet::from([$($client),*]));
            let played: BTreeSet<usize> = STORIES.iter().flat_map(steps).collect();
            for (at, sample) in SAMPLES.iter().enumerate() {
                let cmd = &*sample.cmd;
                let waits = BETWEEN_HOSTS.contains(&cmd);
                let what = format!("{} {} (sample {at})", sample.client, sample.cmd);
                assert_ne!(played.contains(&at), waits, "{what}");
            }
        }
    };
}

clients! {
    the_android_app_of_2018_hosts_and_watches: "android-2018",
    the_android_app_of_2016_hosts_and_watches: "android-2016-12",
    the_ios_app_of_2018_hosts_and_watches: "ios-2018",
    the_ios_app_of_2017_hosts_and_watches: "ios-2017-01",
    the_mac_app_hosts_and_watches: "macos-2018",
    the_windows_app_of_2019_hosts_and_watches: "windows-2019",
    the_windows_app_of_2017_hosts_and_watches: "windows-2017-01",
    the_page_for_internet_explorer_hosts_and_watches: "web-ie-2018",
    the_webrtc_page_hosts_and_finds_others: "webrtc-pc-2017",
    the_mobile_page_hosts_and_watches: "web-mobile-2017",
    a_java_back_end_finds_lives: "java-integrator",
}

#[test]
fn the_apps_of_2018_link_a_live_to_another_one() {
    let apps = r#"[{appid=1400027849,usersig_key="any",link_key="3b407fa2d9857f31"}]"#;
    let server = Server::start(&[("ZAIBO_CLOUD__APPS", apps)]);
    let hosts = ["android-2018", "ios-2018"].map(|client| {
        let mut host = Device::new(&server, client, 0);
        host.play(story(client).host.begin);
        host
    });
    let [mut android, mut ios] = hosts;
    android.other = Some((ios.id.clone(), ios.room));
    ios.other = Some((android.id.clone(), android.room));
    for host in [&mut android, &mut ios] {
        let answer = host.step("linksig");
        let sig = answer.data["linksig"].as_str().expect("a text");
        assert!(
            sig.len() >= 96 && sig.bytes().all(|byte| b"0123456789ABCDEF".contains(&byte)),
            "{sig}"
        );
    }
}

/// The indexes of the samples that a story plays.
fn steps(story: &Story) -> impl Iterator<Item = usize> {
    [&story.host, &story.viewer]
        .into_iter()
        .flat_map(|part| [part.begin, part.stay, part.end])
        .flatten()
        .flat_map(|step| step.split(" & "))
        .map(|step| Step::of(story.client, step).sample)
}
