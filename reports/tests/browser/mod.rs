//! A headless Chromium, driven over its debugging pipe: no port, no crate, no network.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// Names under which it is installed.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A slow machine gets so long for one answer.
const PATIENCE: Duration = Duration::from_mins(2);

/// A browser with one tab and no network.
pub(crate) struct Browser {
    child: Child,
    commands: ChildStdin,
    answers: Receiver<Value>,
    session: String,
    next_id: u64,
    /// What the tab told since the last navigation.
    pub(crate) events: Vec<Value>,
    /// Holds the profile.
    _profile: tempfile::TempDir,
}

/// How the page is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) width: u32,
    pub(crate) dark: bool,
}

impl Browser {
    /// `None` where there is no Chromium, or no shell to start it with.
    pub(crate) fn start() -> Option<Self> {
        let runs = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
        let name = NAMES.iter().find(runs)?;
        let profile = tempfile::tempdir().expect("a folder for the profile");
        // The pipe is at descriptors 3 and 4, which only a shell can put there without unsafe code.
        let script = "exec \"$0\" --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run \
                      --remote-debugging-pipe --user-data-dir=\"$1\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";
        let mut child = Command::new("sh")
            .args(["-c", script, name])
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let commands = child.stdin.take()?;
        let mut read = BufReader::new(child.stdout.take()?);
        let (told, answers) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while read.read_until(0, &mut message).is_ok_and(|n| n > 0) {
                message.pop();
                let value = serde_json::from_slice(&message).expect("the browser speaks JSON");
                if told.send(value).is_err() {
                    return;
                }
                message.clear();
            }
        });
        let (session, events) = (String::new(), Vec::new());
        let mut browser =
            Self { child, commands, answers, session, next_id: 0, events, _profile: profile };
        browser.open_tab();
        Some(browser)
    }

    fn open_tab(&mut self) {
        let target = self.ask("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.ask("Target.attachToTarget", &attach);
        session["sessionId"].as_str().expect("a session").clone_into(&mut self.session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(&format!("{domain}.enable"), &json!({}));
        }
        let offline = json!({"offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.ask("Network.emulateNetworkConditions", &offline);
    }

    /// Sends a command and waits for its answer.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.next_id += 1;
        let mut message = json!({"id": self.next_id, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).expect("the browser listens");
        loop {
            let answer = self.hear(method);
            if answer["id"] == json!(self.next_id) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn hear(&self, waiting_for: &str) -> Value {
        self.answers
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|e| panic!("no answer from Chromium to {waiting_for}: {e}"))
    }

    /// Shows a file and waits until it is loaded.
    pub(crate) fn show(&mut self, file: &Path, view: View) {
        let metrics =
            json!({"width": view.width, "height": 844, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", &metrics);
        let scheme = if view.dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.ask("Emulation.setEmulatedMedia", &media);
        self.events.clear();
        self.ask("Page.navigate", &json!({"url": format!("file://{}", file.display())}));
        while !self.events.iter().any(|e| e["method"] == "Page.loadEventFired") {
            let event = self.hear("Page.navigate");
            self.events.push(event);
        }
    }

    /// The value of an expression, once its promise is kept.
    pub(crate) fn eval(&mut self, script: &str) -> Value {
        let params = json!({"expression": script, "returnByValue": true, "awaitPromise": true});
        let answer = self.ask("Runtime.evaluate", &params);
        assert!(answer["exceptionDetails"].is_null(), "{}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Writes the whole page as a picture, to be looked at.
    pub(crate) fn picture(&mut self, file: &Path) {
        let params = json!({"format": "png", "captureBeyondViewport": true});
        let answer = self.ask("Page.captureScreenshot", &params);
        let data = answer["data"].as_str().expect("a picture");
        fs::write(file, from_base64(data)).expect("written");
    }

    /// The addresses asked for since the page was shown.
    pub(crate) fn requests(&self) -> Vec<String> {
        let sent = self.events.iter().filter(|e| e["method"] == "Network.requestWillBeSent");
        sent.map(|e| e["params"]["request"]["url"].as_str().unwrap_or("").to_owned()).collect()
    }

    /// Errors, warnings and messages since the page was shown.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let said = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"];
        let is = |e: &&Value| said.iter().any(|method| e["method"] == *method);
        self.events.iter().filter(is).map(|e| e["params"].to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Only the one started here; it may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::with_capacity(text.len() * 3 / 4));
    for c in text.bytes().filter(|c| *c != b'=') {
        let value = ALPHABET.iter().position(|a| *a == c).expect("base64");
        bits = (bits << 6 | u32::try_from(value).expect("below 64")) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).expect("a byte"));
        }
    }
    bytes
}
