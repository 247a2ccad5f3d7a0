//! A hint to the processor.

/// A cache line.
const LINE: usize = 64;

/// Asks for the cache lines of a value that is read or written soon, so that it is near then. A hint: nothing is read,
/// nothing waits, and where there is no such instruction nothing is done.
#[inline(always)]
pub(crate) fn prefetch<T: ?Sized>(value: &T) {
    lines(std::ptr::from_ref(value).cast(), size_of_val(value));
}

/// [`prefetch`], of the first lines of a large value.
#[inline(always)]
pub(crate) fn prefetch_start<T>(value: &T) {
    lines(std::ptr::from_ref(value).cast(), size_of::<T>().min(4 * LINE));
}

#[inline(always)]
#[cfg_attr(target_arch = "x86_64", allow(unsafe_code, reason = "a hint, of a place that is not read"))]
fn lines(start: *const i8, bytes: usize) {
    let before = start.addr() % LINE;
    for _line in (0..before + bytes).step_by(LINE).map(|offset| start.wrapping_sub(before).wrapping_add(offset)) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: prefetching accesses nothing, whatever the address.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(_line);
        }
    }
}
