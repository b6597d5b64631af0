//! Covers: where a host may upload a picture, and for how long.

use actix_web::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zaibo::secret::Secret;
use zaibo::settings::Cos;

use crate::world::World;

const KEY: &str = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz";
const HOST: &str = "sxbbucket-1250000000.cos.ap-beijing.myqcloud.com";

async fn world() -> World {
    world_where(false).await
}

/// A world with a bucket. `anonymous` decides whether clients without a token may upload to it.
async fn world_where(anonymous: bool) -> World {
    World::with(|settings| {
        settings.cos = Cos {
            appid: "1250000000".to_owned(),
            secret_id: "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q".to_owned(),
            secret_key: Secret::from(KEY.to_owned()),
            bucket: "sxbbucket".to_owned(),
            region: "ap-beijing".to_owned(),
            anonymous,
        };
    })
    .await
}

async fn place(world: &World, token: &str) -> Value {
    let answer = world.post("cos", "get_sign", json!({"token": token})).await;
    assert_eq!(answer.code, 0, "{}", answer.info);
    assert!(!answer.text.contains(KEY));
    answer.data
}

/// The text that a signature of the old form signs.
fn plain(data: &Value) -> String {
    let sign = data["sign"].as_str().expect("a text");
    let signed = STANDARD.decode(sign).expect("base64");
    String::from_utf8(signed[20..].to_vec()).expect("text")
}

#[actix_web::test]
async fn who_sends_a_token_gets_a_place_for_one_picture() {
    let world = world().await;
    let anna = world.join("anna").await;
    let now = world.service.clock.unix().as_secs();
    let data = place(&world, &anna).await;
    let path = data["path"].as_str().expect("a text");
    let name = path.strip_prefix("cover/anna/").expect("a folder");
    assert_eq!(name.len(), 36);
    assert!(name.ends_with(".jpg"));
    assert_eq!(data["url"], format!("https://{HOST}/{path}"));
    let plain = plain(&data);
    assert!(
        plain.contains(&format!("&e={}&t={now}&", now + 600)),
        "{plain}"
    );
    assert!(
        plain.ends_with(&format!("&f=/1250000000/sxbbucket/{path}&b=sxbbucket")),
        "{plain}"
    );
    let upload = &data["upload"];
    assert_eq!(upload["method"], "PUT");
    assert_eq!(upload["headers"], json!({"Content-Type": "image/jpeg"}));
    let to = upload["url"].as_str().expect("a text");
    assert!(to.starts_with(&format!("https://{HOST}/{path}?")), "{to}");
    let time = format!("q-sign-time={now}%3B{}&", now + 600);
    assert!(to.contains(&time), "{to}");
}

#[actix_web::test]
async fn every_place_is_another_one() {
    let world = world().await;
    let (anna, otto) = (world.join("anna").await, world.join("otto").await);
    let one = place(&world, &anna).await;
    let two = place(&world, &anna).await;
    assert_ne!(one["path"], two["path"]);
    assert_ne!(one["sign"], two["sign"]);
    let of_otto = place(&world, &otto).await;
    assert!(
        of_otto["path"]
            .as_str()
            .expect("a text")
            .starts_with("cover/otto/")
    );
}

#[actix_web::test]
async fn an_id_with_slashes_and_dots_stays_in_its_folder() {
    let world = world().await;
    let token = world.join("../a b/用户").await;
    let data = place(&world, &token).await;
    let path = data["path"].as_str().expect("a text");
    assert_eq!(path.matches('/').count(), 2, "{path}");
    assert!(
        path.starts_with("cover/_2e_2e_2fa_20b_2f_e7_94_a8_e6_88_b7/"),
        "{path}"
    );
}

#[actix_web::test]
async fn d25_without_a_token_there_is_nothing_to_sign_with() {
    let world = world().await;
    let anna = world.join("anna").await;
    let answers = [
        world
            .request(Method::GET, "/sxb_dev/index.php?svc=cos&cmd=get_sign", "")
            .await,
        world.send("cos", "get_sign", "{}").await,
        world.post("cos", "get_sign", json!({"token": 1})).await,
        world
            .post("cos", "get_sign", json!({"token": [anna]}))
            .await,
    ];
    for answer in answers {
        assert_eq!((answer.code, answer.data), (0, json!({"sign": ""})));
    }
    let long = "x".repeat(50_000);
    for token in ["stale", "0", "\u{0}", &long] {
        let answer = world.post("cos", "get_sign", json!({"token": token})).await;
        assert_eq!((answer.code, &*answer.info), (10009, "Token expired"));
    }
    assert_eq!(world.send("cos", "get_sign", "{").await.code, 10002);
    let data = place(&world, &anna).await;
    assert!(!plain(&data).contains("&f=&"), "for one object");
}

#[actix_web::test]
async fn d25_the_android_app_gets_a_sign_that_opens_nothing_so_that_it_calls_back() {
    for world in [world().await, World::new().await] {
        let now = world.service.clock.unix().as_secs();
        let answer = world.send("cos", "get_sign", "").await;
        assert_eq!(answer.code, 0);
        let members = answer.data.as_object().map(serde_json::Map::len);
        assert_eq!(members, Some(1), "a sign and no place");
        let plain = plain(&answer.data);
        // With an expired signature the app would ask again without end.
        let expected = format!("a=0&k=none&e={}&t={now}&r=", now + 600);
        assert!(plain.starts_with(&expected), "{plain}");
        let again = world.send("cos", "get_sign", "").await;
        assert_ne!(answer.data["sign"], again.data["sign"]);
    }
}

#[actix_web::test]
async fn where_the_operator_takes_the_risk_the_android_app_is_signed_for() {
    let world = world_where(true).await;
    let now = world.service.clock.unix().as_secs();
    let answer = world.send("cos", "get_sign", "").await;
    assert!(!answer.text.contains(KEY));
    let plain = plain(&answer.data);
    let expected = format!(
        "a=1250000000&k=AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q&e={}&t={now}&r=",
        now + 300
    );
    assert!(plain.starts_with(&expected), "{plain}");
    assert!(plain.ends_with("&f=&b=sxbbucket"), "{plain}");
    // The Apple apps work as before, and users with a token get a place of their own.
    let path = "/sxb_dev/index.php?svc=cos&cmd=get_sign";
    let apple = world.request(Method::GET, path, "").await;
    assert_eq!(apple.data, json!({"sign": ""}));
    let anna = world.join("anna").await;
    assert!(place(&world, &anna).await["path"].is_string());
    let stale = world
        .post("cos", "get_sign", json!({"token": "stale"}))
        .await;
    assert_eq!(stale.code, 10009);
}

#[actix_web::test]
async fn without_a_bucket_hosts_go_on_without_a_cover() {
    let world = World::new().await;
    let anna = world.join("anna").await;
    assert_eq!(place(&world, &anna).await, json!({"sign": ""}));
}

#[actix_web::test]
async fn the_method_does_not_matter() {
    let world = world().await;
    let anna = world.join("anna").await;
    let path = "/?svc=cos&cmd=get_sign";
    for method in [Method::GET, Method::PUT] {
        let body = json!({"token": anna}).to_string();
        let answer = world.request(method, path, body).await;
        assert!(answer.data["path"].is_string(), "{}", answer.text);
    }
}
