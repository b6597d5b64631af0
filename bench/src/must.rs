//! A limit that a figure must meet.

/// A limit, and the figure that was reached.
pub(crate) struct Must {
    pub(crate) what: &'static str,
    pub(crate) limit: f64,
    pub(crate) reached: f64,
    pub(crate) at_least: bool,
    pub(crate) unit: &'static str,
}

impl Must {
    /// `None` if the figure was not measured.
    pub(crate) fn at_least(
        what: &'static str,
        limit: f64,
        unit: &'static str,
        reached: Option<f64>,
    ) -> Option<Self> {
        Some(Self {
            what,
            limit,
            reached: reached?,
            at_least: true,
            unit,
        })
    }

    /// `None` if the figure was not measured.
    pub(crate) fn at_most(
        what: &'static str,
        limit: f64,
        unit: &'static str,
        reached: Option<f64>,
    ) -> Option<Self> {
        let must = Self::at_least(what, limit, unit, reached)?;
        Some(Self {
            at_least: false,
            ..must
        })
    }

    /// Whether the figure meets the limit. NaN does not.
    pub(crate) fn holds(&self) -> bool {
        if self.at_least {
            self.reached >= self.limit
        } else {
            self.reached <= self.limit
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_is_none_does_not_hold() {
        let holds = |must: Option<Must>| must.expect("measured").holds();
        assert!(!holds(Must::at_least("beats", 0.8, "", Some(f64::NAN))));
        assert!(!holds(Must::at_most("memory", 400.0, "", Some(f64::NAN))));
        assert!(holds(Must::at_most("memory", 400.0, "", Some(400.0))));
        assert!(!holds(Must::at_least("beats", 0.8, "", Some(0.79))));
    }
}
