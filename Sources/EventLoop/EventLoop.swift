import CLibUV
import CLoopThread
import Synchronization

/// One thread that runs one libuv loop, as the executor of the actors and tasks that live on it.
///
/// Everything of a call happens here: its sockets, its ticks, its actor. Work that can take longer than a millisecond goes
/// elsewhere. A loop starts with ``init(name:)`` and runs until ``stop()``; it is never torn down by a last reference.
///
/// Isolation: ``post(_:)``, ``enqueue(_:)``, ``isOnLoop`` and ``stop()`` may be called from any thread, everything else on the
/// loop only, which is checked.
@safe public final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    /// What other threads hand over, in order.
    enum Item {
        case job(UnownedJob)
        case work(@Sendable () -> Void)
    }

    struct Inbox {
        enum State {
            case open
            /// Posted work is refused; jobs of tasks still run.
            case ending
            /// The thread is gone.
            case ended
        }
        var state = State.open
        var items: [Item] = []
        /// A wake-up is on its way, and will find what is added now.
        var isWakePending = false
        /// Someone runs late jobs, see ``EventLoop/runLateJobs()``.
        var isRunningLate = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
    }

    /// Name of the thread, and label in logs and metrics.
    public let name: String

    let inbox = PosixMutex(Inbox())
    /// Threads between "put into the inbox" and "wake-up sent": the handle must outlive them.
    let wakers = Atomic<Int>(0)
    let connections = Atomic<Int>(0)
    let lateTicks = Atomic<Int>(0)
    let handles: Handles
    let activity = LoopActivity()
    let thread = PosixMutex<LoopThread?>(nil)

    // Loop-confined from here on.
    var local: [Item] = []
    var running: [Item] = []
    var schedule = TickSchedule()
    var attachments: [(key: ObjectIdentifier, value: any LoopAttachment)] = []

    /// Posted work that may wait at once; more is refused. Jobs of tasks cannot be refused.
    public static let maximumPending = 65_536
    /// Jobs started on the loop that run before sockets get their turn again.
    static let localBatch = 4_096

    /// Starts the thread.
    /// - Throws: ``EventLoopError`` when the system has no thread or descriptor left.
    public init(name: String = "loop") throws(EventLoopError) {
        self.name = name
        handles = try Handles()
        handles.bind(to: self)
        try startThread()
    }

    deinit { handles.deallocate() }

    // MARK: Who am I

    /// Whether the caller runs on this loop.
    public var isOnLoop: Bool { unsafe mg_current_loop() == UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

    /// The loop of the calling thread.
    public static var current: EventLoop? {
        guard let loop = unsafe mg_current_loop() else { return nil }
        return unsafe Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue()
    }

    /// Traps unless called on the loop.
    public func preconditionOnLoop() { precondition(isOnLoop, "called off the event loop") }

    public func checkIsolated() { preconditionOnLoop() }
    public func isIsolatingCurrentContext() -> Bool? { isOnLoop }

    /// Monotonic time (CLOCK_MONOTONIC) since an origin that does not change while the machine runs.
    public static var now: Duration { .nanoseconds(mg_monotonic_ns()) }

    // MARK: Load

    /// Connections that count as this loop's load; the accepting thread gives the next socket to the loop with the fewest.
    public var connectionCount: Int { connections.load(ordering: .relaxed) }
    package func connectionOpened() { connections.add(1, ordering: .relaxed) }
    package func connectionClosed() { connections.subtract(1, ordering: .relaxed) }

    /// Ticks of 5 ms that came together with a later one, because the loop was busy: its stalls, added up.
    public var lateTickCount: Int { lateTicks.load(ordering: .relaxed) }

    // MARK: Handing work over

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // The runtime lends us the loop: the job's task may hold the last reference, and be over before we are done here.
        let held = unsafe Unmanaged.passRetained(self)
        defer { unsafe held.release() }
        if isOnLoop { local.append(.job(job)) } else { _ = deliver(.job(job)) }
    }

    /// Runs `work` on the loop, after what was handed over before. From the loop itself it runs before the loop sleeps.
    /// - Returns: whether it will run: false once the loop is stopping, or with ``maximumPending`` things waiting.
    @discardableResult
    public func post(_ work: @escaping @Sendable () -> Void) -> Bool { deliver(.work(work)) }

    private func deliver(_ item: Item) -> Bool {
        enum Outcome { case queued, wake, late, refused }
        let outcome = inbox.withLock { inbox -> Outcome in
            if case .work = item {
                guard inbox.state == .open, inbox.items.count < Self.maximumPending else { return .refused }
            }
            inbox.items.append(item)
            if inbox.state == .ended { return .late }
            if inbox.isWakePending { return .queued }
            inbox.isWakePending = true
            wakers.add(1, ordering: .relaxed)
            return .wake
        }
        switch outcome {
        case .queued: break
        case .wake:
            handles.wake()
            wakers.subtract(1, ordering: .releasing)
        case .late: runLateJobs()
        case .refused: return false
        }
        return true
    }

    // MARK: Running it

    /// On the wake-up: what other threads brought.
    func drainInbox() {
        inbox.withLock { inbox in
            swap(&running, &inbox.items)
            inbox.isWakePending = false
        }
        for item in running { run(item) }
        running.removeAll(keepingCapacity: true)
        drainLocal()
    }

    /// Before the loop sleeps, and after each round of sockets: what was started on the loop itself.
    func drainLocal() {
        var done = 0
        while done < local.count, done < Self.localBatch {
            run(local[done])
            done += 1
        }
        local.removeSubrange(..<done)
        if !local.isEmpty { handles.wake() }  // sockets first, then the rest
    }

    private func run(_ item: Item) {
        switch item {
        case .work(let work):
            activity.begin("posted work")
            work()
        case .job(let job):
            activity.begin("a task's job")
            // The form that also fits `Task(executorPreference:)`.
            unsafe job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
    }

    /// A job that comes after the end runs on the thread that brings it, one at a time and under the loop's identity, so that
    /// its task finishes instead of hanging or touching what is gone.
    func runLateJobs() {
        var late: [Item] = []
        while true {
            let isMine = inbox.withLock { inbox in
                if inbox.isRunningLate && late.isEmpty { return false }
                late = inbox.items
                inbox.items = []
                inbox.isRunningLate = !late.isEmpty
                return !late.isEmpty
            }
            guard isMine else { return }
            let identity = unsafe mg_current_loop()
            unsafe mg_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
            for item in late { run(item) }
            while !local.isEmpty {
                let item = local.removeFirst()
                run(item)
            }
            unsafe mg_set_current_loop(identity)
        }
    }
}

extension EventLoop {
    /// Runs `body` on the loop and returns what it gives.
    /// - Throws: what `body` throws, and `CancellationError` when the loop is stopping.
    package func perform<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let isQueued = post { continuation.resume(with: Swift.Result { try body() }) }
            if !isQueued { continuation.resume(throwing: CancellationError()) }
        }
    }
}
