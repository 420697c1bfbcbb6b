//! Colours. Each is drawn as a sentinel, then replaced by a class with the light colour beside it:
//! a viewer that knows CSS variables follows the reader's choice of light or dark, another one shows
//! the light figure.

use std::fmt::Write as _;

/// How figures look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// For a screen, light or dark as the reader chooses.
    #[default]
    Default,
    /// For a page in print.
    Paper,
}

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// The ground.
    Ground,
    /// Titles and labels.
    Text,
    /// Notes.
    Muted,
    /// Lines behind the data.
    Grid,
    /// The shade of a named phase.
    Phase,
    /// A series, by the position of its entry.
    Series(usize),
}

/// Colours of the series before they repeat, then with another dash and marker.
const SERIES: usize = 6;

/// Name of the variable, light colour, dark colour. At least 3:1 on the ground, text at least 7:1.
const COLOURS: [(&str, &str, &str); 5 + SERIES] = [
    ("ground", "#ffffff", "#101316"),
    ("text", "#1b1f24", "#e6e9ec"),
    ("muted", "#4d5661", "#a9b2bc"),
    ("grid", "#d9dde2", "#31373e"),
    ("phase", "#e9e4d8", "#34302a"),
    ("s1", "#0072B2", "#56B4E9"),
    ("s2", "#D55E00", "#E69F00"),
    ("s3", "#007A5A", "#009E73"),
    ("s4", "#A6478A", "#CC79A7"),
    ("s5", "#8C6200", "#F0E442"),
    ("s6", "#1E7F9C", "#0072B2"),
];

/// Patterns of lines, by the position of the entry; the first is solid.
const DASHES: [&str; 6] = ["", "9 4", "2 3", "10 3 2 3", "5 2", "14 4 2 4 2 4"];

/// The first byte of every sentinel; the second says the colour, the third the dash.
const SENTINEL: u8 = 0xfe;

impl Ink {
    fn index(self) -> usize {
        match self {
            Self::Ground => 0,
            Self::Text => 1,
            Self::Muted => 2,
            Self::Grid => 3,
            Self::Phase => 4,
            Self::Series(nth) => 5 + nth % SERIES,
        }
    }

    /// The sentinel, with the pattern of the entry's line when `dashed`.
    pub(super) fn sentinel(self, dashed: bool) -> (u8, u8, u8) {
        let dash = match self {
            // A colour that comes again gets the next dash, so that no two series look alike.
            Self::Series(nth) if dashed => (nth + nth / SERIES) % DASHES.len(),
            _ => 0,
        };
        let byte = |index: usize| u8::try_from(index).unwrap_or(0);
        (SENTINEL, byte(self.index()), byte(dash))
    }
}

/// The variables and classes of the figures. Every file holds it; a page that holds several figures
/// can override the variables.
pub fn style_sheet() -> String {
    let mut css = String::from(":root{");
    let variables = |css: &mut String, dark: bool| {
        for (name, light_colour, dark_colour) in COLOURS {
            let colour = if dark { dark_colour } else { light_colour };
            let _ = write!(css, "--dl-{name}:{colour};");
        }
    };
    variables(&mut css, false);
    css.push_str("}\n@media (prefers-color-scheme:dark){:root{");
    variables(&mut css, true);
    css.push_str("}}\n");
    for (name, light, _) in COLOURS {
        let _ = writeln!(css, ".dl-f-{name}{{fill:var(--dl-{name},{light})}}");
        let _ = writeln!(css, ".dl-l-{name}{{stroke:var(--dl-{name},{light})}}");
    }
    css
}

/// Replaces sentinels by classes, and adds the style sheet, a title and a description.
pub(super) fn finish(drawn: &str, title: &str, description: &str) -> String {
    let mut svg = String::with_capacity(drawn.len() + 4096);
    let mut pieces = drawn.split("=\"#FE");
    svg.push_str(pieces.next().unwrap_or(""));
    for piece in pieces {
        let fill = svg.ends_with("fill");
        let Some((colour, dash)) = piece.get(..4).and_then(decode) else {
            svg.push_str("=\"#FE");
            svg.push_str(piece);
            continue;
        };
        let (name, light, _) = COLOURS[colour];
        let kind = if fill { 'f' } else { 'l' };
        let _ = write!(svg, "=\"{light}\" class=\"dl-{kind}-{name}\"");
        if !DASHES[dash].is_empty() && !fill {
            let _ = write!(svg, " stroke-dasharray=\"{}\"", DASHES[dash]);
        }
        svg.push_str(&piece[5..]);
    }
    let head = format!(
        " role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n<style>\n{}</style>\n",
        escape(title),
        escape(description),
        style_sheet()
    );
    svg.replacen(">\n", &head, 1).replace(" opacity=\"1\"", "").replace(" \"/>", "\"/>")
}

fn decode(hex: &str) -> Option<(usize, usize)> {
    let colour = usize::from_str_radix(hex.get(..2)?, 16).ok()?;
    let dash = usize::from_str_radix(hex.get(2..)?, 16).ok()?;
    (colour < COLOURS.len() && dash < DASHES.len()).then_some((colour, dash))
}

fn escape(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast as WCAG defines it.
    fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |hex: &str| {
            let part = |at: usize| {
                let byte = u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
                let share = f64::from(byte) / 255.0;
                if share <= 0.040_45 {
                    share / 12.92
                } else {
                    libm::pow((share + 0.055) / 1.055, 2.4)
                }
            };
            0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn colours_stand_out_from_the_ground_and_from_a_phase() {
        for (name, light, dark) in &COLOURS[5..] {
            assert!(contrast(light, COLOURS[0].1) >= 3.0, "{name}");
            assert!(contrast(dark, COLOURS[0].2) >= 3.0, "{name}");
        }
        for ink in [1, 2] {
            assert!(contrast(COLOURS[ink].1, COLOURS[4].1) >= 4.5);
            assert!(contrast(COLOURS[ink].2, COLOURS[4].2) >= 4.5);
        }
    }

    #[test]
    fn sentinels_become_classes() {
        let (r, g, b) = Ink::Series(1).sentinel(true);
        let drawn = format!("<svg a=\"b\">\n<line stroke=\"#{r:02X}{g:02X}{b:02X}\" x1=\"3\"/>\n");
        let svg = finish(&drawn, "a < b", "");
        assert!(
            svg.contains(
                "stroke=\"#D55E00\" class=\"dl-l-s2\" stroke-dasharray=\"9 4\" x1=\"3\"/>"
            )
        );
        assert!(svg.contains("<title>a &lt; b</title>"));
    }

    #[test]
    fn the_first_twelve_series_differ() {
        let looks: Vec<_> = (0..12).map(|nth| Ink::Series(nth).sentinel(true)).collect();
        let mut distinct = looks.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), looks.len());
    }
}
