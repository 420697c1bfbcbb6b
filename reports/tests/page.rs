//! The page is well-formed, whole, self-contained and stable, whoever wrote the names on it.

mod fixture;
mod html;

use dhtlab_reports::page::{self, Content, Status};
use fixture::FULL;
use fixture::page::{HOSTILE, full, hostile, page_figures};
use html::Document;

fn rendered(content: &Content) -> String {
    page::render(content).expect("rendered")
}

fn contents() -> Vec<Content> {
    vec![
        Content::default(),
        full(&fixture::large(FULL)),
        full(&fixture::small()),
        full(&fixture::crowded()),
        full(&fixture::ranged::ranged(8, 3)),
        hostile(fixture::large(FULL)),
    ]
}

#[test]
fn the_page_is_well_formed_and_its_links_lead_somewhere() {
    for content in contents() {
        let page = rendered(&content);
        let document = Document::parse(&page);
        document.assert_ids();
        document.assert_headings();
        assert_eq!(document.count("main"), 1);
        assert_eq!(document.count("title"), 1);
        assert_eq!(document.count("h1"), 1);
        assert!(page.contains("<html lang=\"en\">"));
    }
}

#[test]
fn every_figure_has_its_reading_its_count_and_its_data() {
    let content = full(&fixture::large(FULL));
    let page = rendered(&content);
    let figures: Vec<&str> = page.split("<figure ").skip(1).collect();
    assert_eq!(figures.len(), content.figures.len());
    for (shown, figure) in figures.iter().zip(&content.figures) {
        let shown = shown.split("</figure>").next().unwrap();
        for text in [&figure.title, &figure.reading, &figure.count] {
            assert!(shown.contains(&html::escaped(text)), "{}: {text}", figure.name);
        }
        assert!(shown.contains("<svg viewBox=") && shown.contains("<polyline"), "{}", figure.name);
        assert!(
            shown.contains("<details>") && shown.contains("<caption><span>One of 6 of 1001 rows")
        );
        assert_eq!(shown.matches("<tr>").count(), 1 + 168, "{}", figure.name);
        for column in &figure.data.columns {
            assert!(shown.contains(&format!(">{column}</th>")), "{}: {column}", figure.name);
        }
    }
}

#[test]
fn every_table_has_a_caption_and_scopes() {
    for content in contents() {
        let page = rendered(&content);
        for table in page.split("<table>").skip(1) {
            let table = table.split("</table>").next().unwrap();
            assert!(table.starts_with("\n<caption>"), "{table}");
            assert_eq!(table.matches("<th ").count(), table.matches("<th scope=").count());
        }
    }
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    for content in contents() {
        let page = rendered(&content);
        assert!(page.contains("default-src 'none'"));
        let document = Document::parse(&page);
        assert_eq!(document.count("script"), 0);
        for (element, name, value) in document.attributes() {
            assert!(!name.starts_with("on"), "{element} {name}");
            if matches!(
                name,
                "src" | "href" | "srcset" | "xlink:href" | "data" | "action" | "poster"
            ) {
                let inside = value.starts_with('#') || value == "data:,";
                assert!(inside, "{element} {name}={value}");
            }
        }
        let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        assert!(!style.contains("url(") && !style.contains("@import") && !style.contains("http"));
    }
}

#[test]
fn hostile_names_stay_text() {
    let content = hostile(fixture::large(FULL));
    let page = rendered(&content);
    assert!(!page.contains("<script") && !page.contains("<img"));
    assert!(!page.contains("49 }"), "a name was taken for a template");
    // Title, description, verdict ... and one in every cell of the figures' data.
    assert!(page.matches(&html::escaped(HOSTILE)).count() > 30);
    Document::parse(&page).assert_ids();
}

#[test]
fn what_is_said_is_there() {
    let content = full(&fixture::large(FULL));
    let page = rendered(&content);
    let said = |text: &str| assert!(page.contains(&html::escaped(text)), "{text}");
    content.verdicts.iter().for_each(|sentence| said(sentence));
    content.expectations.iter().for_each(|e| said(&e.text));
    content.notices.iter().chain(&content.not_modelled).for_each(|s| said(s));
    content.reproduce.iter().for_each(|line| said(line));
    content.scenario.iter().for_each(|line| said(&line.text));
    content.glossary.iter().for_each(|term| said(&term.meaning));
    said("# set by --set network.nodes=1000");
    said("a.path.of.nodes = 1000");
    for row in &content.comparisons {
        said(&row.difference);
        said(&row.verdict[1..]);
    }
    let order = [
        "verdicts",
        "numbers",
        "figures",
        "phases",
        "scenario",
        "not-modelled",
        "reproduce",
        "glossary",
    ];
    let at: Vec<usize> = order
        .iter()
        .map(|id| page.find(&format!("<section id=\"{id}\"")).expect("there"))
        .collect();
    assert!(at.is_sorted());
    assert!(page.contains("<li class=\"ok\">Complete</li>"));
}

#[test]
fn a_number_stands_with_its_interval_and_n() {
    let three = full(&fixture::large(FULL));
    let cell = &three.tables[0].rows[0].cells[0];
    assert!(cell.half_width.starts_with('±') && cell.n == 3, "{cell:?}");
    let said = format!("{}<small>{}</small>", cell.value, cell.half_width);
    let page = rendered(&three);
    assert!(page.contains(&said) && page.contains("n = 3 for every number."), "{said}");
    let one = full(&fixture::small());
    let cell = &one.tables[0].rows[0].cells[0];
    let page = rendered(&one);
    assert!(page.contains(&format!("<td class=\"num\">{}</td>", cell.value)));
    assert!(page.contains("n = 1: no interval. n = 1 for every number."));
    let mut two = three;
    two.tables[0].rows[0].cells[0].n = 2;
    assert!(rendered(&two).contains(", n = 2</small>"));
}

#[test]
fn what_did_not_complete_is_said_first() {
    let mut results = fixture::small();
    results.runs[1].status = "out of memory".into();
    let content = full(&results);
    assert_eq!(content.status, Status::Incomplete);
    let page = rendered(&content);
    assert!(page.contains("<li class=\"stop\">Incomplete</li>"));
    assert!(page.find("out of memory").unwrap() < page.find("<section id=\"verdicts\"").unwrap());
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let first = rendered(&full(&fixture::large(FULL)));
    assert!(first == rendered(&full(&fixture::permuted(fixture::large(FULL)))));
}

/// Twelve figures of the largest kind, each with 80 000 cells behind it.
#[test]
fn the_page_stays_within_three_megabytes() {
    let mut content = full(&fixture::crowded());
    let figures = page_figures(&fixture::crowded(), 20_000);
    content.figures = figures.iter().cycle().take(12).cloned().collect();
    let page = rendered(&content);
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}
