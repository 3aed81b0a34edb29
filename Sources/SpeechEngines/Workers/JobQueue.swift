/// What waits for a worker, bounded, in two orders of precedence.
///
/// A job that somebody waits for goes before a speculative one, and pushes the oldest speculative one out of a full
/// queue. Within one order, first come is first served. No clock, no lock, no thread.
struct JobQueue<Job: AnyObject> {
    enum Urgency { case awaited, speculative }
    enum Admission {
        case accepted
        /// Accepted, and this speculative job was dropped for it.
        case displaced(Job)
        case refused
    }

    let capacity: Int
    private var awaited: [Job] = []
    private var speculative: [Job] = []

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { awaited.count + speculative.count }

    mutating func offer(_ job: Job, as urgency: Urgency) -> Admission {
        switch urgency {
        case .speculative:
            guard count < capacity else { return .refused }
            speculative.append(job)
            return .accepted
        case .awaited:
            if count < capacity {
                awaited.append(job)
                return .accepted
            }
            guard !speculative.isEmpty else { return .refused }
            awaited.append(job)
            return .displaced(speculative.removeFirst())
        }
    }

    /// A speculative job is now awaited. Does nothing when it is no longer here.
    mutating func promote(_ job: Job) {
        guard let place = speculative.firstIndex(where: { $0 === job }) else { return }
        awaited.append(speculative.remove(at: place))
    }

    /// - Returns: whether the job was still here.
    mutating func remove(_ job: Job) -> Bool {
        if let place = awaited.firstIndex(where: { $0 === job }) {
            awaited.remove(at: place)
        } else if let place = speculative.firstIndex(where: { $0 === job }) {
            speculative.remove(at: place)
        } else {
            return false
        }
        return true
    }

    mutating func next() -> Job? {
        if !awaited.isEmpty { return awaited.removeFirst() }
        return speculative.isEmpty ? nil : speculative.removeFirst()
    }

    mutating func removeAll() -> [Job] {
        defer { (awaited, speculative) = ([], []) }
        return awaited + speculative
    }
}
