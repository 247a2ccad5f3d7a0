//! Keeping a thread on one core.
//!
//! # Rationale
//! A thread that moves between cores loses its caches. It is pinned only among the cores that the process may use
//! (a container's mask), and only if it may use more than one: on a single core a pinned thread that spins would
//! keep everything else from running. What the kernel was asked for is read back.

/// What became of the wish to pin a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pinning {
    /// Nobody asked for it.
    NotWanted,
    /// The thread runs on this core only.
    Pinned(usize),
    /// It could not be had: why.
    Refused(String),
}

impl Pinning {
    /// The core, if it is one.
    pub const fn core(&self) -> Option<usize> {
        match self {
            Self::Pinned(core) => Some(*core),
            Self::NotWanted | Self::Refused(_) => None,
        }
    }
}

/// Cores that this thread may run on.
#[cfg(target_os = "linux")]
pub fn allowed_cores() -> Vec<usize> {
    let mask = rustix::thread::sched_getaffinity(None);
    mask.map_or_else(
        |_| Vec::new(),
        |mask| (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| mask.is_set(*core)).collect(),
    )
}

/// Pins the calling thread to the last but `back` of the cores it may run on: the first ones carry the interrupts.
#[cfg(target_os = "linux")]
pub fn pin(back: usize) -> Pinning {
    let allowed = allowed_cores();
    if allowed.len() < 2 {
        return Pinning::Refused(format!("only {} core may be used", allowed.len()));
    }
    let core = allowed[allowed.len() - 1 - back % allowed.len()];
    let mut wanted = rustix::thread::CpuSet::new();
    wanted.set(core);
    if let Err(error) = rustix::thread::sched_setaffinity(None, &wanted) {
        return Pinning::Refused(format!("sched_setaffinity: {error}"));
    }
    match allowed_cores().as_slice() {
        [only] if *only == core => Pinning::Pinned(core),
        other => Pinning::Refused(format!("the kernel gave cores {other:?} in place of {core}")),
    }
}

/// No core is known.
#[cfg(not(target_os = "linux"))]
pub fn allowed_cores() -> Vec<usize> {
    Vec::new()
}

/// Not done on this system.
#[cfg(not(target_os = "linux"))]
pub fn pin(_back: usize) -> Pinning {
    Pinning::Refused("threads are only pinned on Linux".into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_pinned_to_a_core_it_may_use_and_the_others_are_not() {
        let before = allowed_cores();
        let pinned = std::thread::spawn(|| (pin(0), allowed_cores())).join().unwrap();
        match pinned {
            (Pinning::Pinned(core), after) => {
                assert!(before.contains(&core));
                assert_eq!(after, [core]);
            }
            (Pinning::Refused(why), _) => assert!(!why.is_empty() && before.len() < 2, "{why}"),
            (Pinning::NotWanted, _) => panic!("it was wanted"),
        }
        assert_eq!(allowed_cores(), before);
    }

    #[test]
    fn a_thread_with_one_core_is_not_pinned() {
        let refused = std::thread::spawn(|| {
            pin(0);
            pin(0)
        });
        assert!(matches!(refused.join().unwrap(), Pinning::Refused(_)));
    }
}
