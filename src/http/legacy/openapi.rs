//! The description of the commands for programs that know requests by their paths. People read
//! `docs/api.md`, which has every limit and every text.

use utoipa::openapi::path::{Operation, OperationBuilder, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{
    Content, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Required,
    ResponseBuilder,
};

use super::command::Command;

/// The command in words, its fields, and those of `data`. A type follows each name; `?` marks what may be
/// missing, and a number may come as text too.
type Words = (&'static str, &'static str, &'static str);

fn words(command: Command) -> Words {
    match command {
        Command::Regist => ("Registers a user.", "id:text pwd:text", ""),
        Command::Login => (
            "Gives a token and a signature for the cloud's SDK.",
            "id:text pwd:text appid?:number",
            "userSig:text token:text",
        ),
        Command::Logout => (
            "Ends a token, and what its user is doing.",
            "token:text",
            "",
        ),
        Command::Kickout => (
            "An administrator signs a user out.",
            "id:text pwd:text kickid:text holdsig?:any appid?:number",
            "kickID:text holdSig:int",
        ),
        Command::RoomKey => (
            "Gives a key for a room of the cloud.",
            "pwd:text roomnum:int strRoomId?:text identifier:any appid?:int accounttype?:int \
             privMap?:int UPB_CREATE?:any expire_time?:int",
            "userSig:text token:text privMap:int privMapEncrypt:text",
        ),
        Command::Verify => (
            "Checks a signature for the cloud's SDK.",
            "id:text sig:text appid?:number",
            "",
        ),
        Command::Create => (
            "Gives the caller a room.",
            "token:text type:text",
            "roomnum:int groupid:text",
        ),
        Command::ReportRoom => (
            "The host goes live, or changes what is listed.",
            "token:text room:object lbs?:object",
            "",
        ),
        Command::RoomList => ("Lists lives.", LISTED, "total:int rooms:array"),
        Command::ReportMember => (
            "Enters a room, or leaves it.",
            "token:text roomnum:number role:int operate?:int",
            "",
        ),
        Command::MemberList => (
            "Lists the members of a room.",
            "token:text roomnum:number index:int size:int",
            "total:int idlist:array",
        ),
        Command::Heartbeat => (
            "Says that the caller is still there.",
            "token:text roomnum:number role:int thumbup?:any",
            "",
        ),
        Command::RequestMic => (
            "A viewer asks for a seat on mic.",
            "token:text roomnum:number",
            "",
        ),
        Command::ReportMic => (
            "A member goes on mic or off it; the host approves or takes off.",
            "token:text roomnum:number status:text uid?:text",
            "",
        ),
        Command::ReportRecord => (
            "The host says how recordings of their room are called.",
            "token:text roomnum:number uid:text name:text type:int cover?:text",
            "",
        ),
        Command::ExitRoom => (
            "The host ends the live; others leave.",
            "token:text roomnum?:number type?:text",
            "",
        ),
        Command::RecordList => (
            "Lists recordings.",
            "token:text type:int index:int size:int s_uid?:text",
            "total:any videos:array",
        ),
        Command::StreamList => (
            "The addresses of all lives.",
            LISTED,
            "total:int videos:array",
        ),
        Command::RoomPlayUrl => (
            "The addresses of one live.",
            "token:text roomnum:number",
            "cover:text address:text address2:text address3:text address4?:text stream?:text pushurl?:text",
        ),
        Command::LinkSig => (
            "Signs a link between two lives.",
            "token:text id:text roomnum:int current_roomnum:int appid?:number",
            "linksig:text",
        ),
        Command::CosSign => (
            "Gives a place for a cover.",
            "token?:any",
            "sign:text path?:text url?:text upload?:object",
        ),
    }
}

const LISTED: &str = "token:text index:int size:int appid?:number type?:any";

/// The description.
pub(in crate::http) fn description() -> OpenApi {
    let paths = Command::all().fold(PathsBuilder::new(), |paths, (svc, cmd, command)| {
        let described = operation(svc, cmd, words(command));
        let item = PathItem::new(HttpMethod::Post, described);
        paths.path(format!("/v1/{svc}/{cmd}"), item)
    });
    let info = InfoBuilder::new().title("zaibo").build();
    OpenApiBuilder::new()
        .info(info)
        .paths(paths)
        .components(Some(ComponentsBuilder::new().build()))
        .build()
}

fn operation(svc: &str, cmd: &str, (summary, fields, data): Words) -> Operation {
    let real = format!(
        "Published apps send it as `POST /index.php?svc={svc}&cmd={cmd}`, and any path and method do. \
         The status is 200 for refusals too: `errorCode` says what happened, and 0 is success."
    );
    let answer = ObjectBuilder::new()
        .property("errorCode", typed("int"))
        .property("errorInfo", typed("text"))
        .required("errorCode")
        .required("errorInfo");
    let answer = match data {
        "" => answer,
        data => answer.property("data", object(data)),
    };
    let body = RequestBodyBuilder::new()
        .content("application/json", Content::new(Some(object(fields))))
        .required(Some(Required::False));
    let told = ResponseBuilder::new()
        .description("What happened")
        .content("application/json", Content::new(Some(answer)));
    OperationBuilder::new()
        .tag("commands of 2016")
        .operation_id(Some(format!("{svc}_{cmd}")))
        .summary(Some(summary))
        .description(Some(real))
        .request_body(Some(body.build()))
        .response("200", told)
        // The token is a field.
        .securities(Some([]))
        .build()
}

/// The object with fields in that notation.
fn object(fields: &str) -> ObjectBuilder {
    let fields = fields
        .split_whitespace()
        .filter_map(|field| field.split_once(':'));
    fields.fold(ObjectBuilder::new(), |object, (name, kind)| {
        let optional = name.strip_suffix('?');
        let object = object.property(optional.unwrap_or(name), typed(kind));
        if optional.is_some() {
            object
        } else {
            object.required(name)
        }
    })
}

fn typed(kind: &str) -> Schema {
    let kind = match kind {
        "text" => Type::String.into(),
        "int" => Type::Integer.into(),
        "number" => SchemaType::from_iter([Type::Integer, Type::String]),
        "object" => Type::Object.into(),
        "array" => Type::Array.into(),
        _ => SchemaType::AnyValue,
    };
    ObjectBuilder::new().schema_type(kind).into()
}
