//! Bundling workers, compared with processes of their own. `orders.mjs` does all of it with more projects and in more orders.

use super::INSTALLATION;
use super::scratch::Scratch;
use std::path::Path;

#[actix::test]
async fn a_worker_bundles_projects_that_share_modules_as_processes_of_their_own_do() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = tree.join("tests/interop/orders.mjs");
    let modules = INSTALLATION.modules();
    let installation = modules.parent().unwrap();
    let args = [script.to_str().unwrap(), installation.to_str().unwrap()];
    let args = [
        &args[..],
        &["--only", "neighbors/", "--rounds", "1", "--dirty", "0"],
    ]
    .concat();
    let scratch = Scratch::new("Bundle").set("CHECKLY_NO_DOTENV", "0");
    let ended = scratch.run("node", "http://127.0.0.1:9", &args, &[]).await;
    let ended = ended.expect(0);
    let printed = ended.stdout;
    for words in [
        "16 projects",
        "16 projects leave nothing behind",
        " 0 differ",
    ] {
        assert!(printed.contains(words), "no {words:?} in\n{printed}");
    }
}
