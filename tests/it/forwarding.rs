//! What goes through goes through byte for byte, but for what belongs to one connection only.

use serde_json::json;

use crate::lab::Lab;

#[tokio::test]
async fn path_and_query_arrive_byte_for_byte() {
    let lab = Lab::start().await;
    let target = "/A%2f..%2F/./b//c;d=1?q=%20+&&x=[]{}|^`\"<>\\&a=1?a=2";
    assert_eq!(lab.get(target).await.status, 200);
    assert_eq!(lab.old.only().target(), target);
    assert_eq!(lab.new.gets(1).await[0].target(), target);
}

#[tokio::test]
async fn promise_2_no_shadow_byte_reaches_a_client() {
    let lab = Lab::start().await;
    lab.old.replies("/users/1", json!({"name": "Ada"}));
    lab.new.replies("/users/1", json!({"name": "Ida"}));
    assert_eq!(lab.get("/users/1").await.json(), json!({"name": "Ada"}));
    assert_eq!(lab.settled().await.received(), 1);
}
