//! What a file would change: pure, so that the preview and the import are the same.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use uuid::Uuid;

use super::super::residents::ResidentBody;
use super::super::units::UnitBody;
use super::{BuildingView, ImportReport, ResidentView, RowProblem, UnitView};
use crate::domain::phone_number::PhoneNumber;
use crate::http::extract::patch::{Checked, Editable};
use crate::http::problem::Problem;

/// The columns of a file.
pub(super) const COLUMNS: [&str; 7] =
    ["unit", "code", "resident", "numbers", "language", "moved_in", "moved_out"];
/// Rows of one file.
const ROWS_MAX: usize = 10_000;
/// Problems that are told: past that the file is another one than meant.
const PROBLEMS_MAX: usize = 200;

/// What a building has.
#[derive(Debug, Default)]
pub struct Known {
    /// Its units.
    pub units: Vec<UnitView>,
    /// Who lives in them.
    pub residents: Vec<ResidentView>,
}

/// What a file would change.
#[derive(Debug, Default)]
pub struct Plan {
    rows: usize,
    unchanged: usize,
    problems: Vec<RowProblem>,
    /// Units that are added.
    pub new_units: Vec<UnitView>,
    /// Units as they are, and as they would be.
    pub changed_units: Vec<(UnitView, UnitView)>,
    /// Residents who are added.
    pub new_residents: Vec<ResidentView>,
    /// Residents as they are, and as they would be.
    pub changed_residents: Vec<(ResidentView, ResidentView)>,
}

/// A row as it was written.
struct Row {
    number: u64,
    cells: HashMap<&'static str, String>,
}

impl Row {
    fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    fn filled(&self, column: &str) -> Option<String> {
        Some(self.cell(column).to_owned()).filter(|cell| !cell.is_empty())
    }
}

impl Plan {
    /// What this file would change in this building.
    pub fn of(
        file: &[u8],
        building: &BuildingView,
        known: &Known,
        mut fresh: impl FnMut() -> Uuid,
    ) -> Self {
        let mut plan = Self::default();
        let rows = match read(file) {
            Ok(rows) => rows,
            Err(problem) => {
                plan.problems.push(problem);
                return plan;
            }
        };
        plan.rows = rows.len();
        let mut seen = BTreeSet::new();
        for row in &rows {
            if plan.problems.len() >= PROBLEMS_MAX {
                break;
            }
            let Some(unit) = plan.unit(row, building, known, &mut fresh) else { continue };
            if row.cell("resident").is_empty() {
                plan.without_resident(row);
            } else if !seen.insert((unit, row.cell("resident").to_owned())) {
                plan.wrong(
                    row,
                    "resident",
                    "this resident of this unit is in an earlier row already",
                );
            } else {
                plan.resident(row, unit, building, known, &mut fresh);
            }
        }
        plan.codes_are_distinct(known);
        plan
    }

    /// What is told of it.
    pub fn report(&self) -> ImportReport {
        ImportReport {
            applied: false,
            rows: self.rows,
            units_added: self.new_units.len(),
            residents_added: self.new_residents.len(),
            residents_changed: self.changed_residents.len(),
            unchanged: self.unchanged,
            problems: self.problems.clone(),
        }
    }

    fn wrong(&mut self, row: &Row, column: &str, message: impl std::fmt::Display) {
        self.problems.push(RowProblem {
            row: row.number,
            column: column.to_owned(),
            message: message.to_string(),
        });
    }

    /// The row's unit: known, new in an earlier row, or new in this one.
    fn unit(
        &mut self,
        row: &Row,
        building: &BuildingView,
        known: &Known,
        fresh: &mut impl FnMut() -> Uuid,
    ) -> Option<Uuid> {
        let (name, code) = (row.cell("unit").to_owned(), row.filled("code"));
        let body = UnitBody { name: name.clone(), code: code.clone(), flow: None, flow_id: None };
        if !self.holds(row, &body, &[("name", "unit")]) {
            return None;
        }
        let planned = self.new_units.iter().chain(self.changed_units.iter().map(|(_, unit)| unit));
        if let Some(unit) = planned.clone().find(|unit| unit.name == name) {
            if code.is_some() && code != unit.code {
                let message = format!(
                    "an earlier row gives this unit the code {}",
                    unit.code.as_deref().unwrap_or("none")
                );
                self.wrong(row, "code", message);
            }
            return self
                .new_units
                .iter()
                .chain(self.changed_units.iter().map(|(_, unit)| unit))
                .find(|unit| unit.name == name)
                .map(|unit| unit.id);
        }
        if let Some(unit) = known.units.iter().find(|unit| unit.name == name) {
            if code.is_some() && code != unit.code {
                self.changed_units.push((unit.clone(), UnitView { code, ..unit.clone() }));
            }
            return Some(unit.id);
        }
        let others = json!({ "id": fresh(), "building_id": building.id });
        let unit = UnitView::made_of(&body, others).ok()?;
        let id = unit.id;
        self.new_units.push(unit);
        Some(id)
    }

    fn without_resident(&mut self, row: &Row) {
        if let Some(column) = COLUMNS[3..].iter().find(|column| !row.cell(column).is_empty()) {
            self.wrong(row, "resident", format!("a name is missing, or {column} is too much"));
        } else {
            self.unchanged += 1;
        }
    }

    fn resident(
        &mut self,
        row: &Row,
        unit: Uuid,
        building: &BuildingView,
        known: &Known,
        fresh: &mut impl FnMut() -> Uuid,
    ) {
        let Some(numbers) = self.numbers(row, &building.region) else { return };
        let name = row.cell("resident");
        let before = known.residents.iter().find(|one| one.unit_id == unit && one.name == name);
        let body = ResidentBody {
            name: name.to_owned(),
            numbers,
            order: before.map_or(0, |one| one.order),
            language: row.filled("language"),
            moved_in: row.filled("moved_in"),
            moved_out: row.filled("moved_out"),
            do_not_disturb_until: before.and_then(|one| one.do_not_disturb_until),
            quiet_hours_id: before.and_then(|one| one.quiet_hours_id),
            presence: before.map_or_else(|| "home".to_owned(), |one| one.presence.clone()),
        };
        if !self.holds(row, &body, &[("name", "resident")]) {
            return;
        }
        let id = before.map_or_else(fresh, |one| one.id);
        let others = json!({ "id": id, "unit_id": unit, "building_id": building.id });
        let Ok(after) = ResidentView::made_of(&body, others) else { return };
        match before {
            None => self.new_residents.push(after),
            Some(before) if json!(before) == json!(after) => self.unchanged += 1,
            Some(before) => self.changed_residents.push((before.clone(), after)),
        }
    }

    fn numbers(&mut self, row: &Row, region: &str) -> Option<Vec<String>> {
        let mut numbers = Vec::new();
        for text in
            row.cell("numbers").split([';', '|']).map(str::trim).filter(|text| !text.is_empty())
        {
            match PhoneNumber::parse_in_region(text, region) {
                Ok(number) => numbers.push(number.as_e164().to_owned()),
                Err(_) => {
                    self.wrong(row, "numbers", format!("not a phone number of {region}: {text}"));
                    return None;
                }
            }
        }
        Some(numbers)
    }

    /// Whether a body may be so; what is wrong is told of the column that it came from.
    fn holds(&mut self, row: &Row, body: &impl Checked, columns: &[(&str, &str)]) -> bool {
        let Err(Problem::Invalid(fields)) = body.check() else { return true };
        for field in fields {
            let column = columns.iter().find(|(name, _)| *name == field.field);
            self.wrong(
                row,
                column.map_or(field.field.as_str(), |(_, column)| column),
                &field.message,
            );
        }
        false
    }

    /// A code rings one unit.
    fn codes_are_distinct(&mut self, known: &Known) {
        let mut units: HashMap<Uuid, (&str, Option<&str>)> = known
            .units
            .iter()
            .map(|unit| (unit.id, (unit.name.as_str(), unit.code.as_deref())))
            .collect();
        for unit in self.new_units.iter().chain(self.changed_units.iter().map(|(_, unit)| unit)) {
            units.insert(unit.id, (&unit.name, unit.code.as_deref()));
        }
        let mut names: HashMap<&str, BTreeSet<&str>> = HashMap::new();
        for (name, code) in units.into_values() {
            if let Some(code) = code {
                names.entry(code).or_default().insert(name);
            }
        }
        let mut twice: Vec<_> = names.into_iter().filter(|(_, names)| names.len() > 1).collect();
        twice.sort();
        let told: Vec<_> = twice
            .into_iter()
            .map(|(code, names)| RowProblem {
                row: 1,
                column: "code".to_owned(),
                message: format!(
                    "the code {code} would ring {}",
                    names.into_iter().collect::<Vec<_>>().join(" and ")
                ),
            })
            .collect();
        self.problems.extend(told);
    }
}

fn read(file: &[u8]) -> Result<Vec<Row>, RowProblem> {
    let whole = |row: u64, message: String| RowProblem { row, column: String::new(), message };
    let text = std::str::from_utf8(file)
        .map_err(|_| whole(1, "the file is not UTF-8: save it as \"CSV UTF-8\"".to_owned()))?
        .trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    // As spreadsheets write it where the comma is the decimal sign.
    let delimiter = if head.contains(';') && !head.contains(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| whole(1, error.to_string()))?.clone();
    let mut columns = Vec::new();
    for name in &head {
        let name = name.to_lowercase();
        let Some(column) = COLUMNS.iter().find(|column| **column == name) else {
            return Err(whole(
                1,
                format!("there is no column \"{name}\"; the columns are {}", COLUMNS.join(", ")),
            ));
        };
        columns.push(*column);
    }
    if !columns.contains(&"unit") {
        return Err(whole(1, "the column \"unit\" is missing".to_owned()));
    }
    let mut rows = Vec::new();
    for (place, record) in (2_u64..).zip(reader.records()) {
        let record = record.map_err(|error| whole(place, error.to_string()))?;
        let number = record.position().map_or(place, csv::Position::line);
        if record.len() > columns.len() {
            return Err(whole(
                number,
                format!("{} cells, but {} columns", record.len(), columns.len()),
            ));
        }
        if rows.len() == ROWS_MAX {
            return Err(whole(number, format!("at most {ROWS_MAX} rows in one file")));
        }
        let cells = columns.iter().zip(&record).map(|(column, cell)| (*column, unguarded(cell)));
        rows.push(Row { number, cells: cells.collect() });
    }
    Ok(rows)
}

const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text that a spreadsheet would take for a formula gets an apostrophe before it; and so does one that looks as if it had got one.
pub(super) fn guarded(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

fn unguarded(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text) => text.to_owned(),
        Some(_) | None => cell.to_owned(),
    }
}

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn building() -> BuildingView {
        serde_json::from_value(json!({ "id": Uuid::from_u128(1), "name": "Maple House", "address": "", "time_zone": "Europe/London",
            "language": "en-GB", "region": "GB", "strangers": "reject", "withheld": "reject",
            "wrong_pins_max": 10, "wrong_pins_within_hours": 24, "pin_block_hours": 24, "created_at": "2026-11-20T12:00:00Z" }))
        .unwrap()
    }

    fn plan(file: &str, known: &Known) -> Plan {
        let mut last = 100 + 1_000 * known.units.len() as u128;
        Plan::of(file.as_bytes(), &building(), known, || {
            last += 1;
            Uuid::from_u128(last)
        })
    }

    fn known_after(plan: Plan) -> Known {
        Known { units: plan.new_units, residents: plan.new_residents }
    }

    const FILE: &str = "unit,code,resident,numbers,language,moved_in,moved_out\n\
        1204,1204,Ada,+447700900101;07700 900102,en-GB,2026-11-20,\n\
        1204,,Ben,,,,\n\
        1205,1205,,,,,\n";

    #[test]
    fn a_file_makes_units_and_residents() {
        let plan = plan(FILE, &Known::default());

        assert_eq!(plan.problems, []);
        assert_eq!(
            plan.new_units.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>(),
            ["1204", "1205"]
        );
        assert_eq!(plan.new_residents[0].numbers, ["+447700900101", "+447700900102"]);
        assert_eq!(plan.new_residents[1].unit_id, plan.new_units[0].id);
    }

    #[test]
    fn the_same_file_again_changes_nothing() {
        let known = known_after(plan(FILE, &Known::default()));

        let again = plan(FILE, &known);

        assert_eq!((again.new_units.len(), again.new_residents.len(), again.unchanged), (0, 0, 3));
    }

    #[test]
    fn what_is_written_reads_back_as_it_was() {
        let mut known = known_after(plan(FILE, &Known::default()));
        known.residents[0].name = "=Ada".to_owned();
        known.residents[1].name = "'-Ben".to_owned();

        let file = super::super::written(&known.units, &known.residents).unwrap();
        let again = plan(std::str::from_utf8(&file).unwrap(), &known);

        assert!(String::from_utf8(file).unwrap().contains("'=Ada"));
        assert_eq!((again.problems.len(), again.unchanged), (0, 3));
    }

    #[test]
    fn each_bad_row_is_named_with_its_column() {
        let file = "unit;code;resident;numbers;moved_in\n1204;12a;Ada;;\n1204;;Ben;12;\n;;Cy;;\n1205;;Dee;;2026-13-01\n1205;;Dee;;\n1206;;;+447700900101;\n";

        let places: Vec<_> = plan(file, &Known::default())
            .problems
            .into_iter()
            .map(|one| (one.row, one.column))
            .collect();

        let expected = [
            (2, "code"),
            (3, "numbers"),
            (4, "unit"),
            (5, "moved_in"),
            (6, "resident"),
            (7, "resident"),
        ];
        assert_eq!(places, expected.map(|(row, column)| (row, column.to_owned())));
    }

    #[test]
    fn a_code_of_two_units_is_refused() {
        let known = known_after(plan("unit,code\n1204,12\n", &Known::default()));

        let problems = plan("unit,code\n1205,12\n", &known).problems;

        assert_eq!(problems[0].message, "the code 12 would ring 1204 and 1205");
    }

    #[test]
    fn what_is_no_such_file_is_refused_whole() {
        for file in [&b"\xff\xfe"[..], b"", b"name\nAda\n", b"unit\n1204,5\n"] {
            assert_eq!(
                Plan::of(file, &building(), &Known::default(), Uuid::nil).problems.len(),
                1,
                "{file:?}"
            );
        }
    }
}
