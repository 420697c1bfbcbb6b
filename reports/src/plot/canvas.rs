//! Shapes and texts in colours of the theme.
//!
//! Layout is in whole pixels and done by the figures themselves, because only they know what must
//! not overlap; the plotting library writes the SVG.

use plotters::prelude::{DrawingBackend, RGBColor, SVGBackend, ShapeStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, TextStyle};

use super::theme::{self, Head, Ink};

/// The side of a text at which its position lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) ink: Ink,
    pub(super) bold: bool,
    pub(super) anchor: Anchor,
}

impl Type {
    pub(super) const fn new(size: f64, ink: Ink, anchor: Anchor) -> Self {
        Self { size, ink, bold: false, anchor }
    }
}

/// A drawing under way.
pub(super) struct Canvas<'a> {
    backend: SVGBackend<'a>,
    /// The first thing that went wrong.
    failed: Option<String>,
}

type Drawn = Result<(), String>;

impl<'a> Canvas<'a> {
    fn new(into: &'a mut String, width: i32, height: i32) -> Self {
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let mut canvas = Self { backend: SVGBackend::with_string(into, size), failed: None };
        canvas.rect((0, 0), (width, height), Ink::Ground, 1.0);
        canvas
    }

    /// Closes the document; what went wrong first, if anything did.
    fn end(mut self) -> Option<String> {
        let closed = self.backend.present();
        self.note(closed.map_err(|e| e.to_string()));
        self.failed
    }

    fn note(&mut self, drawn: Drawn) {
        if self.failed.is_none() {
            self.failed = drawn.err();
        }
    }

    /// A filled rectangle between two corners.
    pub(super) fn rect(&mut self, from: (i32, i32), to: (i32, i32), ink: Ink, alpha: f64) {
        let drawn = self.backend.draw_rect(from, to, &style(ink, false, alpha, 1), true);
        self.note(drawn.map_err(|e| e.to_string()));
    }

    /// A straight line, solid.
    pub(super) fn line(&mut self, from: (i32, i32), to: (i32, i32), ink: Ink, width: u32) {
        let drawn = self.backend.draw_path([from, to], &style(ink, false, 1.0, width));
        self.note(drawn.map_err(|e| e.to_string()));
    }

    /// A line through points in the pattern of its series.
    pub(super) fn path(&mut self, points: &[(i32, i32)], ink: Ink, width: u32) {
        if points.len() > 1 {
            let points = points.iter().copied();
            let drawn = self.backend.draw_path(points, &style(ink, true, 1.0, width));
            self.note(drawn.map_err(|e| e.to_string()));
        }
    }

    /// A filled shape.
    pub(super) fn area(&mut self, points: &[(i32, i32)], ink: Ink, alpha: f64) {
        if points.len() > 2 {
            let points = points.iter().copied();
            let drawn = self.backend.fill_polygon(points, &style(ink, false, alpha, 1));
            self.note(drawn.map_err(|e| e.to_string()));
        }
    }

    /// The marker of the nth series; a colour that comes again has another marker.
    pub(super) fn marker(&mut self, nth: usize, at: (i32, i32)) {
        self.mark(nth, at, Ink::Series(nth));
    }

    /// The shape of that marker in another colour.
    pub(super) fn mark(&mut self, nth: usize, (x, y): (i32, i32), ink: Ink) {
        let fill = style(ink, false, 1.0, 1);
        let shape: &[(i32, i32)] = match (nth + nth / 6) % 6 {
            0 => {
                let drawn = self.backend.draw_circle((x, y), 4, &fill, true);
                return self.note(drawn.map_err(|e| e.to_string()));
            }
            1 => &[(-4, -4), (4, -4), (4, 4), (-4, 4)],
            2 => &[(0, -5), (5, 4), (-5, 4)],
            3 => &[(0, -6), (5, 0), (0, 6), (-5, 0)],
            4 => &[(0, 5), (5, -4), (-5, -4)],
            _ => &[
                (-1, -5),
                (1, -5),
                (1, -1),
                (5, -1),
                (5, 1),
                (1, 1),
                (1, 5),
                (-1, 5),
                (-1, 1),
                (-5, 1),
                (-5, -1),
                (-1, -1),
            ],
        };
        let points: Vec<(i32, i32)> = shape.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
        self.area(&points, ink, 1.0);
    }

    /// A line of text, its middle at the height of the position.
    pub(super) fn text(&mut self, text: &str, at: (i32, i32), kind: Type) {
        self.text_turned(text, at, kind, FontTransform::None);
    }

    /// A line of text that reads upwards.
    pub(super) fn text_up(&mut self, text: &str, at: (i32, i32), kind: Type) {
        self.text_turned(text, at, kind, FontTransform::Rotate270);
    }

    fn text_turned(&mut self, text: &str, at: (i32, i32), kind: Type, turn: FontTransform) {
        // XML allows no control characters, and names come from files.
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        let weight = if kind.bold { FontStyle::Bold } else { FontStyle::Normal };
        // The backend divides by 1.24.
        let font = FontDesc::new(FontFamily::SansSerif, kind.size * 1.24, weight).transform(turn);
        let (r, g, b) = kind.ink.sentinel(false);
        let colour = RGBColor(r, g, b);
        let h_pos = match kind.anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(h_pos, VPos::Center));
        let drawn = self.backend.draw_text(&text, &style, at);
        self.note(drawn.map_err(|e| e.to_string()));
    }
}

fn style(ink: Ink, dashed: bool, alpha: f64, width: u32) -> ShapeStyle {
    let (r, g, b) = ink.sentinel(dashed);
    ShapeStyle { color: RGBColor(r, g, b).mix(alpha), filled: true, stroke_width: width }
}

/// Draws on a canvas and gives the whole document.
pub(super) fn document(
    head: &Head<'_>,
    draw: impl FnOnce(&mut Canvas<'_>),
) -> Result<String, String> {
    let mut drawn = String::new();
    let (width, height) = head.size;
    let failed = {
        let mut canvas = Canvas::new(&mut drawn, width, height);
        draw(&mut canvas);
        canvas.end()
    };
    failed.map_or_else(|| Ok(theme::finish(&drawn, head)), Err)
}
