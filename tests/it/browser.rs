//! The demo in a real browser, driven as a person would: by the words on the page.

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use trailmark::app::demo::{self, Demo};

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

/// The demo with a browser on its page.
struct Page {
    demo: Demo,
    browser: Client,
    _driver: Driver,
    _profile: tempfile::TempDir,
}

impl Page {
    async fn open() -> Page {
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
        let starts_at = "2026-03-03T09:00:00Z".parse().unwrap();
        let demo = demo::start(demo::Options { port: 0, data: None, starts_at: Some(starts_at) }).await.unwrap();
        browser.goto(&demo.playground.page_url()).await.unwrap();
        Page { demo, browser, _driver: driver, _profile: profile }
    }

    /// Waits for the newest element that `path` finds.
    async fn newest(&self, path: &str) -> Element {
        let wait = self.browser.wait().at_most(Duration::from_secs(30));
        wait.for_element(Locator::XPath(path)).await.unwrap_or_else(|error| panic!("nothing at {path}: {error}"));
        self.browser.find_all(Locator::XPath(path)).await.unwrap().pop().unwrap()
    }

    fn id_of(&self, name: &str) -> String {
        let people = self.demo.playground.people();
        people.into_iter().find(|person| person.name == name).expect("somebody of the sample company").id
    }

    async fn sees(&self, words: &str) {
        self.newest(&format!("//*[contains(normalize-space(.), \"{words}\")]")).await;
    }

    async fn press(&self, label: &str) {
        self.newest(&format!("//button[normalize-space(.)=\"{label}\"]")).await.click().await.unwrap();
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
        self.browser.close().await.unwrap();
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
    page.newest("//button[contains(., 'interested')][ancestor::article]").await.click().await.unwrap();
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
