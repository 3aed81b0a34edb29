import CLibUV
import Glibc

/// A value behind a pthread mutex.
///
/// `Synchronization.Mutex` is a futex on Linux, which ThreadSanitizer does not see: it then reports races where there are none.
@safe package final class PosixMutex<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: sending Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` alone; it must neither wait nor call out.
    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Waits on `condition` until `ready` gives a result; for threads of our own, never for a loop.
    func wait<Result>(on condition: PosixCondition, until ready: (inout Value) -> Result?) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = ready(&value) { return result }
            unsafe pthread_cond_wait(condition.condition, mutex)
        }
    }
}

/// Wakes a thread that waits inside ``PosixMutex/wait(on:until:)``.
@safe final class PosixCondition: @unchecked Sendable {
    let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        unsafe condition = .allocate(capacity: 1)
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deallocate()
    }

    func signal() { unsafe pthread_cond_signal(condition) }
}
