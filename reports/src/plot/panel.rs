//! A pair of axes with grid lines, ticks and titles.

use super::canvas::{Anchor, Canvas, Type};
use super::label;
use super::scale::{Scale, Tick};
use super::theme::Ink;

const TICK: f64 = 12.0;
const TITLE: f64 = 13.0;

/// Height that the ticks and the title of the horizontal axis take.
pub(super) const AXIS_HEIGHT: i32 = 46;

/// Two axes; the vertical one runs from its bottom to its top pixel.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    pub(super) x: Scale,
    pub(super) y: Scale,
}

impl Panel {
    /// The pixel of a point.
    pub(super) fn at(&self, x: f64, y: f64) -> (i32, i32) {
        (self.x.pixel(x), self.y.pixel(y))
    }

    /// Grid lines and the vertical axis.
    pub(super) fn draw_y(&self, canvas: &mut Canvas<'_>, ticks: &[Tick], title: &str) {
        for tick in ticks {
            let y = self.y.pixel(tick.value);
            canvas.line((self.x.from, y), (self.x.to, y), Ink::Grid, 1);
            canvas.text(
                &tick.text,
                (self.x.from - 8, y),
                Type::new(TICK, Ink::Text, Anchor::Right),
            );
        }
        canvas.line((self.x.from, self.y.to), (self.x.from, self.y.from), Ink::Muted, 1);
        let room = self.y.from - self.y.to + 24;
        let middle = i32::midpoint(self.y.from, self.y.to);
        canvas.text_up(
            &label::fit(title, TITLE, room),
            ((self.x.from - 62).max(9), middle),
            Type::new(TITLE, Ink::Text, Anchor::Middle),
        );
    }

    /// Grid lines of the horizontal axis, without texts.
    pub(super) fn draw_x_grid(&self, canvas: &mut Canvas<'_>, ticks: &[Tick]) {
        for tick in ticks {
            let x = self.x.pixel(tick.value);
            canvas.line((x, self.y.to), (x, self.y.from), Ink::Grid, 1);
        }
        canvas.line((self.x.from, self.y.from), (self.x.to, self.y.from), Ink::Muted, 1);
    }

    /// The horizontal axis; a text that would touch its neighbour is left out.
    pub(super) fn draw_x(&self, canvas: &mut Canvas<'_>, ticks: &[Tick], title: &str) {
        let mut free_from = i32::MIN;
        let y = self.y.from + 14;
        for tick in ticks.iter().filter(|t| !t.text.is_empty()) {
            let x = self.x.pixel(tick.value);
            let half = label::width(&tick.text, TICK) / 2;
            if x - half > free_from {
                canvas.line((x, self.y.from), (x, self.y.from + 4), Ink::Muted, 1);
                canvas.text(&tick.text, (x, y), Type::new(TICK, Ink::Text, Anchor::Middle));
                free_from = x + half + 6;
            }
        }
        let middle = i32::midpoint(self.x.from, self.x.to);
        canvas.text(title, (middle, y + 21), Type::new(TITLE, Ink::Text, Anchor::Middle));
    }
}
