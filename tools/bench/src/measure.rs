//! One process, run to its end: output and processor time.

use std::io::Read;
use std::process::{Command, Stdio};

pub struct Sample {
    /// User and system time, in seconds: other load on the machine does not count.
    pub cpu: f64,
    pub output: String,
}

/// Runs a command; an error says what went wrong, with the end of what it wrote.
pub fn run(command: &mut Command) -> Result<Sample, String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("{:?}: {e}", command.get_program()))?;
    let mut output = Vec::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_end(&mut output).map_err(|e| e.to_string())?;
    }
    let mut status = 0;
    // SAFETY: rusage is plain data; the child is ours and has not been waited for.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        if libc::wait4(child.id() as libc::pid_t, &mut status, 0, &mut usage) < 0 {
            return Err(std::io::Error::last_os_error().to_string());
        }
        usage
    };
    let output = String::from_utf8_lossy(&output).into_owned();
    if status != 0 {
        let last = output.lines().find(|l| l.contains("rror")).or(output.lines().last()).unwrap_or_default();
        let how = if libc::WIFSIGNALED(status) {
            format!("signal {}", libc::WTERMSIG(status))
        } else {
            format!("exit status {}", libc::WEXITSTATUS(status))
        };
        return Err(format!("{how}: {last}"));
    }
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    Ok(Sample { cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime), output })
}

/// The middle of the values (the mean of the middle two).
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

pub fn geometric_mean(values: &[f64]) -> f64 {
    (values.iter().map(|v| v.ln()).sum::<f64>() / values.len() as f64).exp()
}
