//! The page in a browser without network: nothing is asked for, nothing complains, nothing overlaps or
//! sticks out, and assistive technology can read it.
//!
//! Skips, and says so, where Chromium is missing; the check of accessibility skips where `.ci/axe` has not
//! fetched axe-core. Pictures of the page are left in `target/tmp/page`, to be looked at.

mod browser;
mod fixture;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use browser::{Browser, View};
use dhtlab_reports::page::{self, Content};
use dhtlab_reports::plot::{self, Theme};
use fixture::FULL;
use serde_json::{Value, json};

const VIEWS: [View; 4] = [
    View { width: 390, dark: false },
    View { width: 390, dark: true },
    View { width: 1280, dark: false },
    View { width: 1280, dark: true },
];

/// Texts of drawings that lie over each other or beyond their drawing, or are too small to read.
const TEXTS: &str = r"(() => {
  const found = [];
  let shown = 0;
  for (const svg of document.querySelectorAll('.frame svg')) {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0) continue; // The drawing for another width.
    shown += 1;
    const scale = frame.width / svg.viewBox.baseVal.width;
    const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent.trim(), t.getBoundingClientRect(), t]);
    texts.forEach(([said, a, text], i) => {
      const size = parseFloat(getComputedStyle(text).fontSize) * scale;
      if (size < 9) found.push(`${size} px: ${said}`);
      if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1 || a.bottom > frame.bottom + 1)
        found.push(`clipped: ${said}`);
      for (const [other, b] of texts.slice(i + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 3) found.push(`${said} | ${other}`);
      }
    });
  }
  if (shown === 0) found.push('no drawing is shown');
  return found;
})()";

/// Elements that reach beyond the window although nothing around them scrolls.
const STICKING_OUT: &str = r"(() => {
  const scrolls = e => e && (['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  const out = [...document.body.querySelectorAll('*:not(.skip)')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.right > innerWidth + 1 && !scrolls(e.parentElement);
  });
  const root = document.documentElement;
  return out.map(e => e.outerHTML.slice(0, 80)).concat(root.scrollWidth > innerWidth ? ['the page scrolls'] : []);
})()";

/// Serious findings of axe-core, one line each.
const AXE: &str = r"axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(v => ['serious', 'critical'].includes(v.impact))
  .map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' / ')}`))";

fn browser() -> Option<Browser> {
    let found = Browser::start();
    if found.is_none() {
        eprintln!("SKIPPED: no Chromium in PATH; the page was not looked at in a browser");
    }
    found
}

/// A folder beside the other products of the build.
fn folder() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    fs::create_dir_all(&dir).expect("a folder");
    dir
}

fn written(name: &str, content: &Content) -> PathBuf {
    let file = folder().join(format!("{name}.html"));
    fs::write(&file, page::render(content).expect("rendered")).expect("written");
    file
}

fn contents() -> [(&'static str, Content); 4] {
    let ranged = fixture::ranged::ranged(3, 2);
    [
        ("full", fixture::page::full(&fixture::large(FULL))),
        ("crowded", fixture::page::full(&fixture::crowded())),
        ("ranged", fixture::page::full(&ranged)),
        ("hostile", fixture::page::hostile(fixture::large(FULL))),
    ]
}

#[test]
fn the_page_holds_in_a_browser() {
    let Some(mut browser) = browser() else { return };
    for (name, content) in contents() {
        let file = written(name, &content);
        for view in VIEWS {
            browser.show(&file, view);
            assert_eq!(browser.eval(STICKING_OUT), json!([]), "{name} {view:?}");
            assert_eq!(browser.eval(TEXTS), json!([]), "{name} {view:?}");
            if name == "full" {
                let scheme = if view.dark { "dark" } else { "light" };
                browser.picture(&folder().join(format!("{name}-{}-{scheme}.png", view.width)));
            }
            assert_eq!(browser.complaints(), [""; 0], "{name} {view:?}");
            let elsewhere: Vec<String> =
                browser.requests().into_iter().filter(|url| !url.starts_with("file:")).collect();
            assert_eq!(elsewhere, [""; 0], "{name} {view:?}");
            assert_eq!(browser.requests().len(), 1, "{name} {view:?}");
        }
    }
}

#[test]
fn assistive_technology_finds_its_way() {
    let Some(mut browser) = browser() else { return };
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/axe/axe.min.js");
    let Ok(axe) = fs::read_to_string(axe) else {
        eprintln!("SKIPPED: no target/axe/axe.min.js; fetch it with .ci/axe");
        return;
    };
    for (name, content) in contents() {
        let file = written(&format!("axe-{name}"), &content);
        // Each width and each scheme once.
        for view in [VIEWS[1], VIEWS[2]] {
            browser.show(&file, view);
            browser.eval("document.querySelectorAll('details').forEach(d => d.open = true)");
            browser.eval(&format!("{axe}; 0"));
            assert_eq!(browser.eval(AXE), json!([]), "{name} {view:?}");
        }
    }
}

/// As they would stand in a column of a paper.
#[test]
fn figures_in_print_hold_in_a_browser() {
    let Some(mut browser) = browser() else { return };
    let results = [fixture::large(FULL), fixture::ranged::ranged(3, 2), fixture::crowded()];
    let mut html = String::from("<!DOCTYPE html><body style=\"columns:3;background:#fff\">\n");
    for figure in results
        .iter()
        .flat_map(|r| plot::figures(&fixture::recorded(r), None, Theme::Paper).unwrap())
    {
        writeln!(html, "<div class=\"frame\" style=\"width:85mm\">{}</div>", figure.svg).unwrap();
    }
    let file = folder().join("print.html");
    fs::write(&file, html).unwrap();
    browser.show(&file, VIEWS[2]);
    assert_eq!(browser.eval(TEXTS), json!([]));
    browser.picture(&folder().join("print.png"));
}

/// The checks above fail where they must.
#[test]
fn the_checks_find_what_they_look_for() {
    let Some(mut browser) = browser() else { return };
    let file = folder().join("bad.html");
    let bad = "<!DOCTYPE html><body><div class=\"frame\" style=\"width:900px\"><svg viewBox=\"0 0 900 90\" \
               width=\"900\"><text x=\"5\" y=\"50\">one</text><text x=\"9\" y=\"52\">two</text><text x=\"896\" \
               y=\"20\" font-size=\"5\">three</text></svg></div><img src=\"http://127.0.0.1:9/a.png\">\
               <script>console.error('no')</script>";
    fs::write(&file, bad).unwrap();
    browser.show(&file, VIEWS[0]);
    let found = |value: Value| value.as_array().map_or(0, Vec::len);
    assert!(found(browser.eval(STICKING_OUT)) >= 2);
    let texts = browser.eval(TEXTS);
    let texts: Vec<&str> = texts.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(texts.contains(&"one | two") && texts.contains(&"clipped: three"), "{texts:?}");
    assert!(texts.contains(&"5 px: three"), "{texts:?}");
    assert!(!browser.complaints().is_empty());
    assert_eq!(browser.requests().len(), 2);
}
