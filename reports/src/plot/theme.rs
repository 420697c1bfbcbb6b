//! Colours. Each is drawn as a sentinel, then replaced by a class with the light colour beside it:
//! a viewer that knows CSS variables follows the reader's choice of light or dark, another one shows
//! the light figure.

use std::fmt::Write as _;

use crate::num;

/// How figures look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// For a screen, light or dark as the reader chooses.
    #[default]
    Default,
    /// The same for a small screen, beneath a title that somebody else sets.
    Narrow,
    /// For a page in print: 8.5 cm wide, texts of 8 points, black on white, shades of grey instead of
    /// colours, and no title, since the caption says it.
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
    /// A colour of a map, the same on any ground.
    Fixed(u8, u8, u8),
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

/// The same in print. Series that stand beside each other differ most; each is at least 3:1 on white.
const PRINT: [&str; 5 + SERIES] = [
    "#ffffff", "#000000", "#000000", "#d0d0d0", "#e8e8e8", "#000000", "#7f7f7f", "#404040",
    "#949494", "#202020", "#606060",
];

/// Width of a figure in print.
const PRINT_MM: f64 = 85.0;

/// Patterns of lines, by the position of the entry; the first is solid.
const DASHES: [&str; 6] = ["", "9 4", "2 3", "10 3 2 3", "5 2", "14 4 2 4 2 4"];

/// Ten steps of cividis. None begins with the first byte of sentinels.
const CIVIDIS: [(u8, u8, u8); 10] = [
    (0x00, 0x22, 0x4e),
    (0x12, 0x35, 0x70),
    (0x3b, 0x49, 0x6c),
    (0x57, 0x5d, 0x6d),
    (0x70, 0x71, 0x73),
    (0x8a, 0x86, 0x78),
    (0xa5, 0x9c, 0x74),
    (0xc3, 0xb3, 0x69),
    (0xe1, 0xcc, 0x55),
    (0xfd, 0xe7, 0x37),
];

fn heat_step(share: f64) -> usize {
    let last = CIVIDIS.len() - 1;
    (0..last)
        .find(|step| share < num::float_len(step + 1) / num::float_len(CIVIDIS.len()))
        .unwrap_or(last)
}

/// The first byte of every sentinel; the second says the colour, the third the dash.
const SENTINEL: u8 = 0xfe;

impl Ink {
    fn index(self) -> usize {
        match self {
            Self::Ground => 0,
            // What is fixed is drawn as it is.
            Self::Text | Self::Fixed(..) => 1,
            Self::Muted => 2,
            Self::Grid => 3,
            Self::Phase => 4,
            Self::Series(nth) => 5 + nth % SERIES,
        }
    }

    /// The colour of a share from 0 to 1, by cividis: dark to light, the same for those who see fewer
    /// colours (Nunez, Anderton and Renslow, PLOS ONE 13, 2018; ten steps of it).
    pub(super) fn heat(share: f64) -> Self {
        let (r, g, b) = CIVIDIS[heat_step(share)];
        Self::Fixed(r, g, b)
    }

    /// What can be read on that colour.
    pub(super) fn on_heat(share: f64) -> Self {
        if heat_step(share) < CIVIDIS.len() / 2 {
            Self::Fixed(255, 255, 255)
        } else {
            Self::Fixed(0, 0, 0)
        }
    }

    /// The sentinel, with the pattern of the entry's line when `dashed`.
    pub(super) fn sentinel(self, dashed: bool) -> (u8, u8, u8) {
        if let Self::Fixed(r, g, b) = self {
            return (r, g, b);
        }
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

/// What a figure says about itself to programs.
pub(super) struct Head<'a> {
    pub(super) theme: Theme,
    pub(super) title: &'a str,
    pub(super) description: String,
    /// Width and height in pixels.
    pub(super) size: (i32, i32),
    /// Where panels and legend begin, and their height: what a page needs that says the rest as text.
    pub(super) body: (i32, i32),
}

/// Replaces sentinels by classes, and adds the style sheet, a title and a description.
pub(super) fn finish(drawn: &str, head: &Head<'_>) -> String {
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
        // Programs that turn a drawing into a document know no variables.
        let _ = if head.theme == Theme::Paper {
            write!(svg, "=\"{}\"", PRINT[colour])
        } else {
            write!(svg, "=\"{light}\" class=\"dl-{kind}-{name}\"")
        };
        if !DASHES[dash].is_empty() && !fill {
            let _ = write!(svg, " stroke-dasharray=\"{}\"", DASHES[dash]);
        }
        svg.push_str(&piece[5..]);
    }
    let (top, height) = head.body;
    let style = match head.theme {
        Theme::Paper => String::new(),
        Theme::Default | Theme::Narrow => format!("<style>\n{}</style>\n", style_sheet()),
    };
    let opening = format!(
        " role=\"img\" data-body=\"{top} {height}\">\n<title>{}</title>\n<desc>{}</desc>\n{style}",
        escape(head.title),
        escape(&head.description),
    );
    let svg =
        svg.replacen(">\n", &opening, 1).replace(" opacity=\"1\"", "").replace(" \"/>", "\"/>");
    if head.theme == Theme::Paper { in_millimetres(&svg, head.size) } else { svg }
}

/// The document with its size in physical units.
fn in_millimetres(svg: &str, (width, height): (i32, i32)) -> String {
    let high = PRINT_MM * f64::from(height) / f64::from(width);
    let pixels = format!("<svg width=\"{width}\" height=\"{height}\"");
    svg.replacen(&pixels, &format!("<svg width=\"{PRINT_MM}mm\" height=\"{high:.2}mm\""), 1)
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
        for grey in &PRINT[5..] {
            assert!(contrast(grey, PRINT[0]) >= 3.0, "{grey}");
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
        let (title, description) = ("a < b", String::new());
        let (size, body) = ((9, 9), (1, 2));
        let mut head = Head { theme: Theme::Default, title, description, size, body };
        let svg = finish(&drawn, &head);
        assert!(
            svg.contains(
                "stroke=\"#D55E00\" class=\"dl-l-s2\" stroke-dasharray=\"9 4\" x1=\"3\"/>"
            )
        );
        assert!(svg.contains("<title>a &lt; b</title>"));
        head.theme = Theme::Paper;
        let svg = finish(&drawn, &head);
        assert!(svg.contains("stroke=\"#7f7f7f\" stroke-dasharray=\"9 4\" x1=\"3\"/>"));
        assert!(!svg.contains("class") && !svg.contains("<style>"));
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
