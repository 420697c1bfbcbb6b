//! How large a figure is and where its axes stand.
//!
//! Texts, markers and rows have the same size in pixels in every layout; only the room differs. So a
//! narrow figure is drawn anew rather than shrunk, and its texts stay as large as they were.

use super::theme::Theme;

/// A layout, in pixels of the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Width of the figure.
    pub(super) width: i32,
    /// Left end of the axes.
    pub(super) left: i32,
    /// Right end of the axes; labels of line ends stand beyond.
    pub(super) right: i32,
    /// Free at both sides.
    pub(super) margin: i32,
    /// Are title, reading and count drawn? Else a caption or a page says them.
    pub(super) speaks: bool,
}

const WIDE: Layout = Layout { width: 900, left: 84, right: 816, margin: 20, speaks: true };

/// A pixel is 85 mm / 392: a text of 13 pixels is one of 8 points.
const NARROW: Layout = Layout { width: 392, left: 56, right: 316, margin: 8, speaks: false };

impl Theme {
    pub(super) fn layout(self) -> Layout {
        match self {
            Self::Default => WIDE,
            Self::Narrow | Self::Paper => NARROW,
        }
    }
}

impl Layout {
    /// The height of a panel that is so high in a wide figure; the title of its axis still fits.
    pub(super) fn height(self, wide: i32) -> i32 {
        if self.is_narrow() { (wide * 3 / 5).max(wide.min(84)) } else { wide }
    }

    /// Is there no room for panels beside each other?
    pub(super) fn is_narrow(self) -> bool {
        self.width < WIDE.width
    }

    /// The room for a text from there to the margin.
    pub(super) fn room(self, from: i32) -> i32 {
        self.width - self.margin - from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn print_is_a_column_wide_with_texts_of_eight_points() {
        let points = 13.0 * 85.0 / f64::from(NARROW.width) / 25.4 * 72.0;
        assert!((points - 8.0).abs() < 0.05, "{points}");
    }
}
