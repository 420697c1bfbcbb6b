//! The digests of a run on its way, and where two runs part.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dhtlab_reports::model::Rung;

use crate::exit::Failure;

/// The ladders of a results folder, by run identifier.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladders(BTreeMap<String, Vec<Rung>>);

/// Where two ladders differ first.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The number of the rung, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// The last instant up to which the two agree, in seconds.
    pub from_s: f64,
    /// The instant at which they differ.
    pub until_s: f64,
    /// Do later rungs agree again? No run can do that: a digest covers everything before it.
    pub heals: bool,
}

impl Ladders {
    /// Reads `digests.csv`; a folder of an older version has none.
    ///
    /// # Errors
    /// Names the file and the line.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Failure::io(path, &error)),
        };
        let wrong = |line: u64, what: &str| {
            Failure::Runtime(anyhow::anyhow!("{}, line {line}: {what}", path.display()))
        };
        let mut ladders: BTreeMap<String, Vec<Rung>> = BTreeMap::new();
        for record in csv::Reader::from_reader(file).into_records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(1, csv::Position::line);
                wrong(line, &error.to_string())
            })?;
            let line = record.position().map_or(1, csv::Position::line);
            let cell = |at: usize| record.get(at).ok_or_else(|| wrong(line, "a cell is missing"));
            let t_s = cell(1)?.parse().map_err(|_| wrong(line, "t_s is not a number"))?;
            let rung = Rung { t_s, digest: cell(2)?.to_owned() };
            ladders.entry(cell(0)?.to_owned()).or_default().push(rung);
        }
        Ok(Self(ladders))
    }

    /// The ladder of one run; `None` where the folder has none.
    pub fn of(&self, run_id: &str) -> Option<&[Rung]> {
        self.0.get(run_id).map(Vec::as_slice)
    }
}

/// Where `a` and `b` differ first; `None` where they are the same.
pub fn split(a: &[Rung], b: &[Rung]) -> Option<Split> {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    if same == a.len() && same == b.len() {
        return None;
    }
    let at = |list: &[Rung]| list.get(same).map(|rung| rung.t_s);
    let from_s = same.checked_sub(1).map_or(0.0, |last| a[last].t_s);
    Some(Split {
        number: same + 1,
        of: a.len().max(b.len()),
        from_s,
        until_s: at(a).or(at(b)).unwrap_or(from_s),
        heals: a.len() == b.len() && a.iter().zip(b).skip(same + 1).any(|(a, b)| a == b),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder(digests: &[&str]) -> Vec<Rung> {
        let times = [60.0, 120.0, 180.0, 240.0];
        let rung = |(digest, t_s): (&&str, f64)| Rung { t_s, digest: (*digest).to_owned() };
        digests.iter().zip(times).map(rung).collect()
    }

    #[test]
    fn two_ladders_part_at_the_first_rung_that_differs() {
        let a = ladder(&["1", "2", "3", "4"]);
        assert_eq!(split(&a, &a), None);
        let found = split(&a, &ladder(&["1", "2", "x", "y"])).unwrap();
        assert_eq!((found.number, found.of, found.heals), (3, 4, false));
        assert!((found.from_s, found.until_s) == (120.0, 180.0));
        assert!(split(&a, &ladder(&["x", "2", "3", "4"])).unwrap().heals);
        let shorter = split(&a, &ladder(&["1"])).unwrap();
        assert_eq!((shorter.number, shorter.heals), (2, false));
    }

    #[test]
    fn a_ladder_that_cannot_be_read_is_an_error_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("digests.csv");
        assert_eq!(Ladders::read(&path).unwrap(), Ladders::default());
        fs::write(&path, "run_id,t_s,digest\nab,60,1\nab,soon,2\n").unwrap();
        let error = Ladders::read(&path).unwrap_err().to_string();
        assert!(error.contains("digests.csv, line 3: t_s is not a number"), "{error}");
        fs::write(&path, "run_id,t_s,digest\nab,60\n").unwrap();
        assert!(Ladders::read(&path).unwrap_err().to_string().contains("line 2"));
    }
}
