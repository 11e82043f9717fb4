//! Which of several machines this one is: `--shard`.

use std::str::FromStr;

use ossup::directory::Shard;

use crate::failure::Failure;

/// What is typed behind `--shard`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ShardChoice {
    Fixed(Shard),
    /// As the environment says; of so many, if that is given.
    Auto(Option<u32>),
}

impl FromStr for ShardChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("auto") {
            Some("") => Ok(Self::Auto(None)),
            Some(count) => {
                let count = count.strip_prefix('/').and_then(|count| count.parse().ok()).filter(|count| *count > 0);
                count.map(|count| Self::Auto(Some(count))).ok_or_else(|| format!("{text:?} is not auto/COUNT"))
            }
            None => text.parse().map(Self::Fixed).map_err(|error: ossup::directory::InvalidShard| error.to_string()),
        }
    }
}

impl ShardChoice {
    /// The shard, with what the environment has.
    pub(crate) fn shard(self, variable: impl Fn(&str) -> Option<String>) -> Result<Shard, Failure> {
        let given = match self {
            Self::Fixed(shard) => return Ok(shard),
            Self::Auto(count) => count,
        };
        let (index, count) = of_environment(&variable)?;
        let count = match given.or(count) {
            Some(count) => count,
            None => {
                let set = number(&variable, "OSSUP_SHARDS")?;
                set.ok_or_else(|| Failure::usage("nothing says how many shards there are: write --shard auto/COUNT"))?
            }
        };
        Shard::new(index, count).map_err(|error| Failure::usage(error.to_string()))
    }
}

/// The index, and how many there are if that is told too.
fn of_environment(variable: &impl Fn(&str) -> Option<String>) -> Result<(u32, Option<u32>), Failure> {
    if let Some(text) = variable("OSSUP_SHARD") {
        if let Ok(shard) = text.parse::<Shard>() {
            return Ok((shard.index(), Some(shard.count())));
        }
        let index = text.parse().map_err(|_| Failure::usage(format!("OSSUP_SHARD={text:?} is not an index")))?;
        return Ok((index, None));
    }
    // Kubernetes does not say how many there are.
    if let Some(index) = number(variable, "JOB_COMPLETION_INDEX")? {
        return Ok((index, None));
    }
    if let Some(id) = number(variable, "SLURM_ARRAY_TASK_ID")? {
        let of = |name: &str| number(variable, name);
        let (first, last) = (of("SLURM_ARRAY_TASK_MIN")?.unwrap_or(0), of("SLURM_ARRAY_TASK_MAX")?);
        let (step, count) = (of("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1), of("SLURM_ARRAY_TASK_COUNT")?);
        let (Some(distance), Some(count)) = (id.checked_sub(first), count) else {
            return Err(Failure::usage("SLURM_ARRAY_TASK_ID does not fit to SLURM_ARRAY_TASK_MIN and _COUNT"));
        };
        // A list such as 1,3,7 has no index.
        let is_a_run = distance % step == 0
            && last.is_none_or(|last| last.checked_sub(first).is_some_and(|span| span / step + 1 == count));
        return match is_a_run {
            true => Ok((distance / step, Some(count))),
            false => {
                Err(Failure::usage("the indices of the SLURM array are not evenly spaced: write --shard INDEX/COUNT"))
            }
        };
    }
    if let Some(index) = number(variable, "AWS_BATCH_JOB_ARRAY_INDEX")? {
        return Ok((index, number(variable, "AWS_BATCH_JOB_ARRAY_SIZE")?));
    }
    Err(Failure::usage(
        "--shard auto finds no index: OSSUP_SHARD, JOB_COMPLETION_INDEX, SLURM_ARRAY_TASK_ID and AWS_BATCH_JOB_ARRAY_INDEX are not set",
    ))
}

fn number(variable: &impl Fn(&str) -> Option<String>, name: &str) -> Result<Option<u32>, Failure> {
    let read = |text: String| text.parse().map_err(|_| Failure::usage(format!("{name}={text:?} is not a number")));
    variable(name).filter(|text| !text.is_empty()).map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(text: &str, environment: &[(&str, &str)]) -> Result<String, String> {
        let choice: ShardChoice = text.parse()?;
        let variable =
            |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        choice.shard(variable).map(|shard| shard.to_string()).map_err(|failure| failure.message)
    }

    #[test]
    fn the_environment_says_which_shard_this_is() {
        let slurm = |id| {
            [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_MIN", "10"),
                ("SLURM_ARRAY_TASK_MAX", "16"),
                ("SLURM_ARRAY_TASK_STEP", "2"),
                ("SLURM_ARRAY_TASK_COUNT", "4"),
            ]
        };
        for (text, environment, wanted) in [
            ("1/4", &[][..], "1/4"),
            ("auto", &[("OSSUP_SHARD", "2/5"), ("JOB_COMPLETION_INDEX", "1")], "2/5"),
            ("auto/8", &[("JOB_COMPLETION_INDEX", "7")], "7/8"),
            ("auto", &[("JOB_COMPLETION_INDEX", "7"), ("OSSUP_SHARDS", "9")], "7/9"),
            ("auto", &slurm("14"), "2/4"),
            ("auto", &[("AWS_BATCH_JOB_ARRAY_INDEX", "0"), ("AWS_BATCH_JOB_ARRAY_SIZE", "3")], "0/3"),
        ] {
            assert_eq!(shard(text, environment).as_deref(), Ok(wanted), "{text} {environment:?}");
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        let list = [
            ("SLURM_ARRAY_TASK_ID", "3"),
            ("SLURM_ARRAY_TASK_MIN", "1"),
            ("SLURM_ARRAY_TASK_MAX", "7"),
            ("SLURM_ARRAY_TASK_COUNT", "3"),
        ];
        for (text, environment, says) in [
            ("4/4", &[][..], "is not a shard"),
            ("auto/0", &[], "not auto/COUNT"),
            ("auto", &[], "finds no index"),
            ("auto", &[("JOB_COMPLETION_INDEX", "1")], "how many shards"),
            ("auto/2", &[("JOB_COMPLETION_INDEX", "2")], "is not a shard"),
            ("auto", &[("OSSUP_SHARD", "x")], "is not an index"),
            ("auto", &list, "evenly spaced"),
        ] {
            let error = shard(text, environment).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
