//! A bell that many tasks hear: whoever waits for it is woken when it is rung.
//!
//! A task is known to the bell from its first wait to its end, so that waiting again costs nothing. A channel
//! takes each of ten thousand readers out of its list and in again for every event.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use slab::Slab;

/// Tasks that are woken before others may come and go.
const AT_ONCE: usize = 256;

/// The bell.
#[derive(Debug, Default)]
pub struct Bell {
    /// How often it was rung.
    rings: AtomicU64,
    ears: Mutex<Slab<Option<Waker>>>,
}

/// One who hears the bell. The rings from its making on are heard, several as one.
#[derive(Debug)]
pub struct Ear {
    bell: Arc<Bell>,
    place: usize,
    heard: u64,
    /// The task that the bell knows.
    task: Option<Waker>,
}

impl Bell {
    /// Somebody who hears it from now on.
    pub fn listen(self: &Arc<Self>) -> Ear {
        Ear {
            heard: self.rings.load(Ordering::Acquire),
            place: self.ears().insert(None),
            bell: Arc::clone(self),
            task: None,
        }
    }

    /// Wakes everybody who hears it.
    pub fn ring(&self) {
        self.rings.fetch_add(1, Ordering::AcqRel);
        let (mut from, mut awake) = (0, Vec::new());
        loop {
            // Woken outside the lock, because a task may end by being woken.
            let ears = self.ears();
            let to = ears.capacity().min(from + AT_ONCE);
            awake.extend((from..to).filter_map(|place| ears.get(place)?.clone()));
            let is_all = to == ears.capacity();
            drop(ears);
            awake.drain(..).for_each(Waker::wake);
            if is_all {
                return;
            }
            from = to;
        }
    }

    fn ears(&self) -> MutexGuard<'_, Slab<Option<Waker>>> {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ear {
    /// Ready if the bell was rung since it was last heard. Else the task is woken when it is.
    pub fn poll_ring(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.has_rung() {
            return Poll::Ready(());
        }
        let task = context.waker();
        if self
            .task
            .as_ref()
            .is_some_and(|known| known.will_wake(task))
        {
            return Poll::Pending;
        }
        self.task = Some(task.clone());
        if let Some(known) = self.bell.ears().get_mut(self.place) {
            *known = Some(task.clone());
        }
        // It may have been rung before it knew the task.
        if self.has_rung() {
            return Poll::Ready(());
        }
        Poll::Pending
    }

    fn has_rung(&mut self) -> bool {
        let rings = self.bell.rings.load(Ordering::Acquire);
        std::mem::replace(&mut self.heard, rings) != rings
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        // A waker that is dropped may end its task, which is not to happen within the lock.
        let _task = self.bell.ears().try_remove(self.place);
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::AtomicU32;
    use std::task::Wake;
    use std::thread;

    use super::*;

    #[derive(Default)]
    struct Task(AtomicU32);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn woken(task: &Arc<Task>) -> u32 {
        task.0.swap(0, Ordering::Relaxed)
    }

    fn waits(ear: &mut Ear, task: &Arc<Task>) -> bool {
        let waker = Waker::from(Arc::clone(task));
        ear.poll_ring(&mut Context::from_waker(&waker)).is_pending()
    }

    #[test]
    fn every_ring_wakes_all_who_hear_it_and_several_are_heard_as_one() {
        let bell = Arc::<Bell>::default();
        let tasks: Vec<Arc<Task>> = (0..1000).map(|_| Arc::default()).collect();
        let mut ears: Vec<_> = tasks.iter().map(|_| bell.listen()).collect();
        for (ear, task) in ears.iter_mut().zip(&tasks) {
            assert!(waits(ear, task));
        }
        for _ in 0..2 {
            bell.ring();
            bell.ring();
            for (ear, task) in ears.iter_mut().zip(&tasks) {
                assert_eq!(woken(task), 2);
                assert!(!waits(ear, task), "it has rung");
                assert!(waits(ear, task), "once");
            }
        }
    }

    #[test]
    fn a_ring_before_the_first_wait_is_heard_and_one_before_the_listening_is_not() {
        let (bell, task) = (Arc::<Bell>::default(), Arc::default());
        bell.ring();
        let mut ear = bell.listen();
        assert!(waits(&mut ear, &task));
        let mut other = bell.listen();
        bell.ring();
        assert!(!waits(&mut other, &task));
    }

    #[test]
    fn who_hears_no_more_leaves_nothing_behind() {
        let (bell, task) = (Arc::<Bell>::default(), Arc::default());
        for _ in 0..1000 {
            let mut ear = bell.listen();
            assert!(waits(&mut ear, &task));
        }
        assert_eq!(bell.ears().len(), 0);
        assert!(bell.ears().capacity() < 16);
        assert_eq!(Arc::strong_count(&task), 1);
        bell.ring();
        assert_eq!(woken(&task), 0);
    }

    #[tokio::test]
    async fn no_ring_is_lost_between_threads() {
        let (bell, count) = (Arc::<Bell>::default(), Arc::new(AtomicU64::new(0)));
        let mut ear = bell.listen();
        let ringing = thread::spawn({
            let (bell, count) = (Arc::clone(&bell), Arc::clone(&count));
            move || {
                for _ in 0..20_000 {
                    count.fetch_add(1, Ordering::AcqRel);
                    bell.ring();
                }
            }
        });
        // Each wait ends if the count has changed since it was read.
        while count.load(Ordering::Acquire) < 20_000 {
            poll_fn(|context| ear.poll_ring(context)).await;
        }
        ringing.join().expect("an end");
    }
}
