//! Pictures of the results, as SVG: throughput beside the bare server, and memory by members.

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use zaibo::error::Fault;

use crate::capacity::{Capacity, MOST_PER_MEMBER};
use crate::compare::{Comparison, Figures};
use crate::report::Report;
use crate::table::grouped;

const BARE: RGBColor = RGBColor(176, 190, 197);
const ZAIBO: RGBColor = RGBColor(0, 121, 107);
const LIMIT: RGBColor = RGBColor(198, 40, 40);
const INK: RGBColor = RGBColor(38, 50, 56);
const FONT: &str = "sans-serif";

type Drawn = Result<(), Box<dyn Error + Send + Sync>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws the pictures that the report has figures for into a folder.
///
/// # Errors
/// If they cannot be written.
pub(crate) fn draw(report: &Report, folder: &Path) -> Result<(), Fault> {
    let fault = |cause| Fault::new("drawing pictures", cause);
    std::fs::create_dir_all(folder).map_err(|cause| fault(cause.into()))?;
    let against_bare: Vec<_> = report.against_bare_server().collect();
    if !against_bare.is_empty() {
        throughput(&against_bare, &folder.join("throughput.svg")).map_err(fault)?;
    }
    if let Some(capacity) = &report.capacity {
        memory(capacity, &folder.join("memory.svg")).map_err(fault)?;
    }
    Ok(())
}

/// Two bars for each kind of request: zaibo and the bare server.
fn throughput(comparisons: &[&Comparison], file: &Path) -> Drawn {
    const ROW: i32 = 44;
    const LEFT: i32 = 280;
    const WIDTH: i32 = 420;
    let height = ROW * i32::try_from(comparisons.len())? + 60;
    let area = blank(file, (820, u32::try_from(height)?))?;
    let most = comparisons
        .iter()
        .map(|known| known.baseline(Figures::per_second).median)
        .fold(1.0, f64::max);
    legend(&area, [("zaibo", ZAIBO), ("bare server", BARE)])?;
    for (row, known) in comparisons.iter().enumerate() {
        let top = 44 + ROW * i32::try_from(row)?;
        write(&area, known.name, (12, top + 10), INK)?;
        for (at, spread, colour) in [
            (0, known.zaibo(Figures::per_second), ZAIBO),
            (1, known.baseline(Figures::per_second), BARE),
        ] {
            let length = (spread.median / most * f64::from(WIDTH)).max(1.0);
            let top = top + at * 17;
            #[expect(clippy::cast_possible_truncation, reason = "within the picture")]
            let right = LEFT + length as i32;
            area.draw(&Rectangle::new(
                [(LEFT, top), (right, top + 14)],
                colour.filled(),
            ))?;
            let figure = format!("{} per second", grouped(spread.median));
            write(&area, &figure, (right + 6, top + 1), INK)?;
        }
    }
    area.present()?;
    Ok(())
}

/// Resident memory by the number of members, and its limit.
fn memory(capacity: &Capacity, file: &Path) -> Drawn {
    let area = blank(file, (820, 360))?;
    let empty = capacity.memory.first().map_or(0, |(_, bytes)| *bytes) as f64;
    let members = capacity.members as f64;
    let mib = |bytes: f64| bytes / f64::from(1 << 20);
    let limit = |members: f64| mib(empty + members * MOST_PER_MEMBER);
    let measured = capacity.memory.iter();
    let measured = measured.map(|(members, bytes)| (*members as f64, mib(*bytes as f64)));
    let allowed = format!("{MOST_PER_MEMBER} bytes each");
    legend(&area, [("zaibo", ZAIBO), (allowed.as_str(), LIMIT)])?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .margin_top(40)
        .margin_right(44)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..members, 0.0..limit(members) * 1.05)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .x_desc("members in 10 000 rooms")
        .y_desc("resident MiB")
        .x_labels(6)
        .x_label_formatter(&|members| grouped(*members))
        .y_label_formatter(&|mib| format!("{mib:.0}"))
        .label_style((FONT, 13).into_font().color(&INK))
        .draw()?;
    chart.draw_series(LineSeries::new(
        [(0.0, limit(0.0)), (members, limit(members))],
        LIMIT.stroke_width(1),
    ))?;
    chart.draw_series(LineSeries::new(measured, ZAIBO.stroke_width(3)).point_size(4))?;
    area.present()?;
    Ok(())
}

fn blank(file: &Path, size: (u32, u32)) -> Result<Area<'_>, Box<dyn Error + Send + Sync>> {
    let area = SVGBackend::new(file, size).into_drawing_area();
    area.fill(&WHITE)?;
    Ok(area)
}

fn legend(area: &Area<'_>, entries: [(&str, RGBColor); 2]) -> Drawn {
    for (at, (text, colour)) in entries.into_iter().enumerate() {
        let left = 280 + 150 * i32::try_from(at)?;
        area.draw(&Rectangle::new(
            [(left, 14), (left + 12, 26)],
            colour.filled(),
        ))?;
        write(area, text, (left + 18, 14), INK)?;
    }
    Ok(())
}

fn write(area: &Area<'_>, text: &str, at: (i32, i32), colour: RGBColor) -> Drawn {
    let style = (FONT, 14).into_font().color(&colour);
    area.draw(&Text::new(text.to_owned(), at, style))?;
    Ok(())
}
