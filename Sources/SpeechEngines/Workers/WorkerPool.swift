/// Threads that take jobs from one bounded queue. Each thread runs one job at a time with what only it owns.
final class WorkerPool<Job: AnyObject & Sendable>: Sendable {
    private struct State {
        var queue: JobQueue<Job>
        var isClosed = false
    }
    private let monitor: Monitor<State>
    let workers: Int

    /// - Parameters:
    ///   - name: of the threads, as a debugger and `top -H` show them; 12 characters.
    ///   - capacity: jobs that may wait.
    ///   - bodies: one for each thread: runs a job, and owns what the thread needs for it.
    init(name: String, capacity: Int, bodies: [@Sendable (Job) -> Void]) {
        let monitor = Monitor(State(queue: JobQueue(capacity: capacity)))
        self.monitor = monitor
        workers = bodies.count
        for (index, body) in bodies.enumerated() {
            WorkerThread.start(name: "\(name)-\(index)") {
                // A closed queue gives `.some(nil)`: the thread ends, and frees what `body` owns.
                while let job = monitor.wait({ state -> Job?? in state.isClosed ? .some(nil) : state.queue.next().map { .some($0) } }) {
                    body(job)
                }
            }
        }
    }

    deinit { _ = close() }

    func submit(_ job: Job, as urgency: JobQueue<Job>.Urgency) -> JobQueue<Job>.Admission {
        monitor.signal { state in state.isClosed ? .refused : state.queue.offer(job, as: urgency) }
    }

    func promote(_ job: Job) { monitor.withLock { $0.queue.promote(job) } }

    /// - Returns: whether the job was still waiting; it is not any more.
    @discardableResult
    func withdraw(_ job: Job) -> Bool { monitor.withLock { $0.queue.remove(job) } }

    /// Jobs that wait now.
    var depth: Int { monitor.withLock { $0.queue.count } }

    /// Lets every thread end after its job.
    /// - Returns: what was still waiting.
    func close() -> [Job] {
        monitor.signal { state in
            state.isClosed = true
            return state.queue.removeAll()
        }
    }
}
