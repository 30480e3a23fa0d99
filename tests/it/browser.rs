//! The demo in a real browser, driven as a person would: by the words on the page.

use super::playground::{ANA, button, call, plain, workspace};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use trailmark::app::demo::{self, Demo};
use trailmark::playground::{SimChannel, SimMessage};

/// Ends with the test, whatever became of it.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Driver {
    fn start() -> (Driver, u16) {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (Debian: chromium chromium-driver)");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let driver = Driver(child);
        let said = lines.map_while(Result::ok).find_map(|line| {
            line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').parse().unwrap())
        });
        (driver, said.expect("chromedriver says its port"))
    }
}

/// A browser on the page of a workspace.
struct Window {
    browser: Client,
    _driver: Driver,
    _profile: tempfile::TempDir,
}

/// The demo with a browser on its page.
struct Page {
    demo: Demo,
    window: Window,
}

impl std::ops::Deref for Page {
    type Target = Window;

    fn deref(&self) -> &Window {
        &self.window
    }
}

impl Window {
    async fn open(url: &str) -> Window {
        let (driver, port) = Driver::start();
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,860",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({"goog:chromeOptions": {"args": arguments}});
        let browser = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        browser.goto(url).await.unwrap();
        Window { browser, _driver: driver, _profile: profile }
    }

    /// Waits for the newest element that `path` finds.
    async fn newest(&self, path: &str) -> Element {
        let wait = self.browser.wait().at_most(Duration::from_secs(30));
        wait.for_element(Locator::XPath(path)).await.unwrap_or_else(|error| panic!("nothing at {path}: {error}"));
        self.browser.find_all(Locator::XPath(path)).await.unwrap().pop().unwrap()
    }

    async fn sees(&self, words: &str) {
        self.newest(&format!("//*[contains(normalize-space(.), \"{words}\")]")).await;
    }

    async fn press(&self, label: &str) {
        self.newest(&format!("//button[normalize-space(.)=\"{label}\"]")).await.click().await.unwrap();
    }

    /// Presses one key where the focus is.
    async fn key(&self, key: Key) {
        self.browser.active_element().await.unwrap().send_keys(&char::from(key).to_string()).await.unwrap();
    }

    /// The words of the element that has the focus.
    async fn focused(&self) -> String {
        self.browser.active_element().await.unwrap().text().await.unwrap()
    }

    async fn waits_until_gone(&self, path: &str) {
        let gone = async {
            while !self.browser.find_all(Locator::XPath(path)).await.unwrap().is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), gone).await.unwrap_or_else(|_| panic!("{path} stays"));
    }

    async fn say(&self, words: &str) {
        let line = self.newest("//input[@id='line']").await;
        line.send_keys(&format!("{words}{}", char::from(Key::Enter))).await.unwrap();
    }

    /// Switches person by the keyboard alone.
    async fn be(&self, name: &str) {
        self.newest("//button[@id='who']").await.click().await.unwrap();
        let find = self.newest("//dialog[@open]//input[@id='find']").await;
        find.send_keys(&format!("{name}{}", char::from(Key::Enter))).await.unwrap();
        self.newest(&format!("//button[@id='who']//b[normalize-space(.)=\"{name}\"]")).await;
    }
}

impl Page {
    async fn open() -> Page {
        let starts_at = "2026-03-03T09:00:00Z".parse().unwrap();
        let demo = demo::start(demo::Options { port: 0, data: None, starts_at: Some(starts_at) }).await.unwrap();
        let window = Window::open(&demo.playground.page_url()).await;
        Page { demo, window }
    }

    fn id_of(&self, name: &str) -> String {
        let people = self.demo.playground.people();
        people.into_iter().find(|person| person.name == name).expect("somebody of the sample company").id
    }

    /// Presses a button of the time machine and waits until it has arrived.
    async fn leap(&self, label: &str) {
        let before = self.demo.playground.now();
        self.press(label).await;
        let arrived = async {
            while self.demo.playground.now() <= before + chrono::TimeDelta::hours(1) || self.is_travelling().await {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(300), arrived).await.expect("the time machine arrives");
    }

    async fn is_travelling(&self) -> bool {
        let path = "//div[@id='leaps']/button[@disabled]";
        !self.browser.find_all(Locator::XPath(path)).await.unwrap().is_empty()
    }

    /// Ends everything; the workspace must have had no reason to refuse anything.
    async fn finish(self) {
        assert_eq!(self.demo.playground.violations(), []);
        self.window.browser.close().await.unwrap();
        self.demo.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and chromedriver; scripts/test installs them and runs this"]
async fn ana_finds_a_project_and_its_owner_is_told() {
    let page = Page::open().await;
    page.sees("You are Ana").await;
    page.say("/projects rust exporter").await;
    page.sees("Rust exporter for the metrics team").await;
    let interested = "//article//button[contains(@aria-label, 'interested: Rust exporter for the metrics')]";
    page.newest(interested).await.click().await.unwrap();
    let note = page.newest("//dialog[@open]//textarea").await;
    note.send_keys("I would love to learn Rust properly.").await.unwrap();
    page.newest("//dialog[@open]//button[@type='submit']").await.click().await.unwrap();
    page.sees("Sent to Amara").await;
    page.press("Close").await;

    page.be("Amara Diallo").await;
    page.sees("@Ana Castillo would like to join").await;
    page.sees("I would love to learn Rust properly.").await;
    page.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and chromedriver; scripts/test installs them and runs this"]
async fn what_if_is_one_press_and_the_match_appears() {
    let page = Page::open().await;
    page.sees("You are Ana").await;
    page.say("/projects webinar").await;
    page.sees("Autumn webinar series for customers").await;
    page.newest("//article[contains(., 'Autumn webinar series')]//button[normalize-space(.)='Show']")
        .await
        .click()
        .await
        .unwrap();
    page.sees("Needs: Presentations").await;
    page.press("Why?").await;
    page.sees("What if?").await;
    page.press("Want Webinars").await;
    // The first time somebody says what they want, their matches follow at once.
    page.sees("You want to learn Webinars.").await;
    page.press("More").await;
    page.sees("You'd learn Webinars — on your list.").await;
    page.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and chromedriver; scripts/test installs them and runs this"]
async fn a_quarter_later_a_manager_picks_a_time_and_both_say_that_it_happened() {
    let page = Page::open().await;
    page.leap("Next quarter").await;
    page.newest("//button[@id='try'][starts-with(., 'Be ')]").await.click().await.unwrap();
    page.sees("Career conversations").await;
    let manager = page.newest("//button[@id='who']//b").await.text().await.unwrap();
    let message = page.demo.playground.messages_to(&page.id_of(&manager)).pop().unwrap().words();
    let lines: Vec<&str> = message.lines().collect();
    let first = lines.iter().position(|line| line.starts_with('[') && line.contains(':')).expect("a time to press");
    let (slot, report) = (lines[first].trim_matches(['[', ']']), lines[first - 1].trim_matches('*'));
    page.newest(&format!("//article[last()]//button[normalize-space(.)='{slot}']")).await.click().await.unwrap();

    let given = |name: &str| name.split(' ').next().unwrap().to_owned();
    let people = page.demo.playground.people();
    let report = people.iter().find(|person| given(&person.name) == report).expect("the name of somebody");
    page.be(&report.name).await;
    page.sees(&format!("{} suggests", given(&manager))).await;
    for _ in 0..10 {
        let told = page.demo.playground.messages_to(&report.id);
        if told.iter().any(|message| message.words().contains("Did you and")) {
            break;
        }
        page.leap("Next working day").await;
    }
    page.sees(&format!("Did you and {} talk", given(&manager))).await;
    page.press("Yes").await;
    page.be(&manager).await;
    page.sees(&format!("Did you and {} talk", given(&report.name))).await;
    page.press("Yes").await;
    let asked = format!("Did you and {} talk", given(&report.name));
    let id = page.id_of(&manager);
    let counted = page.demo.playground.wait_for(|seen| {
        let is_open =
            seen.messages_to(&id).iter().any(|each| each.words().contains(&asked) && !each.buttons().is_empty());
        (!is_open).then_some(())
    });
    assert_eq!(counted.await, Some(()), "the question is answered in its place");
    page.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and chromedriver; scripts/test installs them and runs this"]
async fn the_rest_of_a_digest_stands_in_its_thread_which_the_keyboard_opens_and_closes() {
    let page = Page::open().await;
    page.sees("You are Ana").await;
    page.leap("Next Monday").await;
    let rest = |message: &SimMessage| message.thread_ts.is_some() && message.words().contains("And more open work");
    let playground = &page.demo.playground;
    let mine = |channel: &SimChannel| channel.members.contains(&page.id_of("Ana Castillo"));
    let channels = playground.channels().into_iter().filter(mine);
    let room =
        channels.into_iter().find(|it| playground.messages(&it.id).iter().any(rest)).expect("a digest that goes on");
    page.newest(&format!("//button[@data-place='{}']", room.id)).await.click().await.unwrap();
    page.sees("to work on something different").await;

    let thread = page.newest("//article//details").await;
    assert_eq!(thread.prop("open").await.unwrap().as_deref(), Some("false"), "closed until somebody wants it");
    let items = "//details[@open]//article//button[normalize-space(.)='Show']";
    page.browser.execute("arguments[0].querySelector('summary').focus()", vec![json!(thread)]).await.unwrap();
    assert_eq!(page.focused().await, "1 reply");
    page.key(Key::Enter).await;
    page.sees("And more open work:").await;
    assert!(page.newest(items).await.is_displayed().await.unwrap());
    page.key(Key::Tab).await;
    assert_eq!(page.focused().await, "Show", "the next stop is what stands in the thread");
    page.key(Key::Escape).await;
    page.waits_until_gone("//details[@open]").await;
    assert_eq!(page.focused().await, "1 reply");

    page.key(Key::Enter).await;
    page.newest(items).await.click().await.unwrap();
    page.sees("Only visible to you").await;
    page.newest("//details[@open]").await;
    page.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and chromedriver; scripts/test installs them and runs this"]
async fn sharing_asks_first_and_only_a_yes_shares() {
    let page = Page::open().await;
    page.sees("You are Ana").await;
    page.newest("//button[@data-place='C0DATA']").await.click().await.unwrap();
    page.say("/mobility show P-101").await;
    let share = "//article//button[normalize-space(.)='Share here']";
    for way_out in [Some("Cancel"), None] {
        page.newest(share).await.click().await.unwrap();
        let asked = page.newest("//dialog[@id='confirm'][@open]").await.text().await.unwrap();
        assert!(asked.contains("Everybody in this channel will see it."), "{asked}");
        assert_eq!(page.focused().await, "Cancel", "Enter by mistake shares nothing");
        match way_out {
            Some(label) => page.press(label).await,
            None => page.key(Key::Escape).await,
        }
        page.waits_until_gone("//dialog[@id='confirm'][@open]").await;
        assert_eq!(page.focused().await, "Share here");
    }
    page.newest(share).await.click().await.unwrap();
    page.newest("//dialog[@id='confirm'][@open]").await;
    page.key(Key::Tab).await;
    page.key(Key::Enter).await;
    let is_shared = |message: &SimMessage| message.is_from_bot() && message.words().contains("P-101");
    let shared = page.demo.playground.wait_for(|seen| {
        let all: Vec<_> = seen.messages("C0DATA").into_iter().filter(is_shared).collect();
        (!all.is_empty()).then_some(all.len())
    });
    assert_eq!(shared.await, Some(1), "twice refused, once shared");
    page.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and chromedriver; scripts/test installs them and runs this"]
async fn people_and_channels_are_picked_and_what_is_not_confirmed_is_not_picked() {
    let (playground, heard) = workspace(|_| Value::Null).await;
    let confirm = json!({"title": plain("Sure?"), "text": plain("They are told."), "confirm": plain("Tell them"),
        "deny": plain("Cancel")});
    let blocks = json!([
        {"type": "section", "text": plain("Who could help?"), "accessory":
            {"type": "users_select", "action_id": "who", "placeholder": plain("A person"), "confirm": confirm}},
        {"type": "actions", "elements": [
            {"type": "conversations_select", "action_id": "where", "placeholder": plain("A channel")},
            button("go", "Go")]}]);
    call(&playground, "chat.postMessage", json!({"channel": ANA, "text": "Q", "blocks": blocks})).await;
    let window = Window::open(&playground.page_url()).await;
    let choose = async |name: &str, option: &str| {
        let select = window.newest(&format!("//select[@aria-label='{name}']")).await;
        select.select_by_label(option).await.unwrap();
        select
    };
    let who = choose("A person", "Priya Raman").await;
    window.press("Cancel").await;
    window.waits_until_gone("//dialog[@id='confirm'][@open]").await;
    assert_eq!(who.prop("value").await.unwrap().as_deref(), Some(""), "nobody is picked");
    choose("A channel", "#data-corner").await;
    choose("A person", "Priya Raman").await;
    window.press("Tell them").await;
    let told = playground.wait_for(|_| {
        let all = heard.lock().unwrap();
        (all.len() > 1).then(|| all.iter().map(|sent| sent["actions"][0].clone()).collect::<Vec<Value>>())
    });
    let told = told.await.expect("two choices are told");
    assert_eq!((&told[0]["action_id"], &told[0]["selected_conversation"]), (&json!("where"), &json!("C0DATA")));
    assert_eq!((&told[1]["action_id"], &told[1]["selected_user"]), (&json!("who"), &json!("U0PRIYA")));
    assert_eq!(who.prop("value").await.unwrap().as_deref(), Some("U0PRIYA"));
    window.browser.close().await.unwrap();
}
