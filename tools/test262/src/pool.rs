//! The parent's side: worker processes, each fed one test at a time over pipes.

use crate::meta::Mode;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// One run of a test: its path below `test/`, and how.
pub struct Run {
    pub path: Arc<str>,
    pub mode: Mode,
}

pub struct Settings {
    /// Arguments that make this binary a worker.
    pub worker: Vec<std::ffi::OsString>,
    pub jobs: usize,
    pub limit: Duration,
    pub quiet: bool,
    /// Workers' stderr goes through.
    pub verbose: bool,
}

/// Runs everything: per run, None if it passed, else the message.
pub fn run_all(runs: &[Run], settings: &Settings) -> std::io::Result<Vec<Option<String>>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(vec![None; runs.len()]);
    let started = Instant::now();
    let progress = !settings.quiet && std::io::IsTerminal::is_terminal(&std::io::stderr());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..settings.jobs.max(1))
            .map(|_| {
                scope.spawn(|| -> std::io::Result<()> {
                    let mut worker: Option<Worker> = None;
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        let Some(run) = runs.get(i) else { break };
                        let w = match &mut worker {
                            Some(w) => w,
                            none => none.insert(Worker::start(settings)?),
                        };
                        let (message, alive) = w.run(run, settings.limit);
                        if !alive {
                            worker = None;
                        }
                        if let Ok(mut r) = results.lock() {
                            r[i] = message;
                        }
                        if progress && i.is_multiple_of(500) {
                            eprint!("\r{i}/{} {:.0} s ", runs.len(), started.elapsed().as_secs_f64());
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        for t in threads {
            t.join().unwrap_or_else(|_| Err(std::io::Error::other("a thread of the runner died")))?;
        }
        Ok::<(), std::io::Error>(())
    })?;
    if progress {
        eprint!("\r");
    }
    let mut results =
        results.into_inner().map_err(|_| std::io::Error::other("a thread of the runner died"))?;
    again(runs, &mut results, settings)?;
    Ok(results)
}

/// How many runs get a second chance.
const SECOND_CHANCES: usize = 50;

/// On a machine that has other things to do, a run may be late without being wrong: what was late runs once more,
/// with nothing beside it.
fn again(runs: &[Run], results: &mut [Option<String>], settings: &Settings) -> std::io::Result<()> {
    let late = |m: &Option<String>| m.as_ref().is_some_and(|m| m.starts_with("TIMEOUT"));
    if results.iter().filter(|m| late(m)).count() > SECOND_CHANCES {
        return Ok(());
    }
    for (run, message) in runs.iter().zip(results).filter(|(_, m)| late(m)) {
        *message = Worker::start(settings)?.run(run, settings.limit).0;
    }
    Ok(())
}

struct Worker {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Worker {
    fn start(settings: &Settings) -> std::io::Result<Worker> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(&settings.worker)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(if settings.verbose { Stdio::inherit() } else { Stdio::null() })
            .spawn()?;
        let missing = || std::io::Error::other("no pipe");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { break };
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Worker { child, stdin, lines })
    }

    /// Runs one test; is the worker still fit for another?
    fn run(&mut self, run: &Run, limit: Duration) -> (Option<String>, bool) {
        // A worker that is gone shows as a closed pipe below.
        let _ = writeln!(self.stdin, "{} {}", run.mode.name(), run.path);
        match self.lines.recv_timeout(limit) {
            Ok(line) if line == "P" => (None, true),
            Ok(line) => (Some(line.strip_prefix('F').unwrap_or(&line).to_owned()), true),
            Err(RecvTimeoutError::Timeout) => (Some("TIMEOUT (killed)".to_owned()), false),
            Err(RecvTimeoutError::Disconnected) => {
                let how = match self.child.wait() {
                    Ok(s) => match (s.signal(), s.code()) {
                        (Some(n), _) => signal_name(n),
                        (_, Some(c)) => format!("exit status {c}"),
                        _ => String::new(),
                    },
                    Err(e) => e.to_string(),
                };
                (Some(format!("CRASH ({how})")), false)
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal_name(n: i32) -> String {
    match n {
        libc::SIGSEGV => "SIGSEGV".to_owned(),
        libc::SIGABRT => "SIGABRT".to_owned(),
        libc::SIGBUS => "SIGBUS".to_owned(),
        libc::SIGILL => "SIGILL".to_owned(),
        libc::SIGFPE => "SIGFPE".to_owned(),
        libc::SIGKILL => "SIGKILL".to_owned(),
        n => format!("signal {n}"),
    }
}
