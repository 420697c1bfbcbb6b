//! Figures for print drop into a paper as they are.

mod fixture;

use dhtlab_reports::plot::{self, Theme};
use fixture::FULL;

/// Width and height in the units of the drawing.
fn size(svg: &str) -> (f64, f64) {
    let (_, rest) = svg.split_once("viewBox=\"0 0 ").expect("a view");
    let (both, _) = rest.split_once('"').expect("a view");
    let (width, height) = both.split_once(' ').expect("two numbers");
    (width.parse().expect("a number"), height.parse().expect("a number"))
}

#[test]
fn print_is_grey_and_has_the_size_of_a_column() {
    for figure in
        plot::figures(&fixture::recorded(&fixture::large(FULL)), None, Theme::Paper).unwrap()
    {
        let (svg, name) = (&figure.svg, figure.name);
        let (width, height) = size(svg);
        let high = format!("{:.2}", 85.0 * height / width);
        assert!(svg.starts_with(&format!("<svg width=\"85mm\" height=\"{high}mm\" ")), "{name}");
        // The caption says what the title would.
        assert!(
            !svg.contains(&format!(">\n{}\n<", figure.title)) && svg.contains("<desc>"),
            "{name}"
        );
        assert!(
            !svg.contains("class=") && !svg.contains("<style") && !svg.contains("var("),
            "{name}"
        );
        for colour in svg.split("=\"#").skip(1).map(|rest| &rest[..6]) {
            assert!(colour[..2] == colour[2..4] && colour[..2] == colour[4..], "{name}: #{colour}");
        }
        // In print, only markers and dashes tell some series apart.
        assert!(
            name.starts_with("f2-") || name.starts_with("f11-") || svg.contains("stroke-dasharray")
        );
    }
}
