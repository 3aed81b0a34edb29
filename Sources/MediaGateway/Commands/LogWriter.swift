import Foundation

/// Writes lines to a file descriptor on a thread of its own: whoever logs never waits for whoever reads the log.
///
/// What a full disk or a dead pipe does not take is lost, and so is what comes while `capacity` lines wait; both are counted, and told in
/// one line once there is room again and what waited is out.
final class LogWriter: @unchecked Sendable {
    private let descriptor: Int32
    private let capacity: Int
    private let lostLine: @Sendable (_ count: Int) -> [UInt8]
    /// Guards what follows. Foundation's, since it can be waited at until a deadline.
    private let condition = NSCondition()
    private var lines: [[UInt8]] = []
    /// Lines that were taken and are not written yet, the writer's own included.
    private var held = 0
    private var lost = 0
    private var isWriting = false
    /// The last line was cut off: the next one begins with a line feed. The writer's own.
    private var isCut = false

    /// How long a descriptor that does not block may refuse a line.
    private static let patience = Duration.seconds(1)

    /// - Parameters:
    ///   - descriptor: stays the caller's; never closed here.
    ///   - capacity: lines that wait at most.
    ///   - lostLine: says how many lines were lost.
    init(descriptor: Int32, capacity: Int = 4_096, lostLine: @escaping @Sendable (_ count: Int) -> [UInt8]) {
        (self.descriptor, self.capacity, self.lostLine) = (descriptor, capacity, lostLine)
        // For as long as the process lives.
        Thread.detachNewThread { [self] in run() }
    }

    /// Takes a line with its line feed; any thread, and never waits.
    func add(_ line: [UInt8]) {
        condition.lock()
        defer { condition.unlock() }
        guard held < capacity else { return lost += 1 }
        held += 1
        lines.append(line)
        condition.broadcast()
    }

    /// Waits until all that was taken has been written or given up.
    /// - Returns: whether it was before `limit` had passed.
    @discardableResult func flush(within limit: Duration = .seconds(1)) -> Bool {
        let end = Date(timeIntervalSinceNow: limit / .seconds(1))
        condition.lock()
        defer { condition.unlock() }
        while isWriting || !lines.isEmpty {
            if !condition.wait(until: end) { return !isWriting && lines.isEmpty }
        }
        return true
    }

    // MARK: The thread

    private func run() {
        // Writing into a pipe that nobody reads any more is an error here, whatever the process makes of the signal.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        while true {
            var isOut = false
            for line in next() {
                isOut = put(line)
                written(isOut)
            }
            // Only what takes lines is told of those that it did not.
            if isOut, let count = takeLost(), !put(lostLine(count)) { giveBack(count) }
            finished()
        }
    }

    private func next() -> [[UInt8]] {
        condition.lock()
        defer { condition.unlock() }
        while lines.isEmpty { condition.wait() }
        isWriting = true
        defer { lines = [] }
        return lines
    }

    private func written(_ isOut: Bool) {
        condition.lock()
        defer { condition.unlock() }
        held -= 1
        if !isOut { lost += 1 }
    }

    private func takeLost() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        // What still waits was logged before what was lost.
        guard lost > 0, lines.isEmpty else { return nil }
        defer { lost = 0 }
        return lost
    }

    private func giveBack(_ count: Int) {
        condition.lock()
        defer { condition.unlock() }
        lost += count
    }

    private func finished() {
        condition.lock()
        defer { condition.unlock() }
        isWriting = false
        condition.broadcast()
    }

    /// - Returns: whether the whole line is out.
    private func put(_ line: [UInt8]) -> Bool {
        let bytes = isCut ? [0x0A] + line : line
        var sent = 0
        let end = ContinuousClock.now + Self.patience
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress! + sent, $0.count - sent) }
            if count > 0 {
                sent += count
            } else if count == 0 || (errno != EINTR && !waits(errno, until: end)) {
                break
            }
        }
        if sent == bytes.count { isCut = false } else if sent > 0 { isCut = true }
        return sent == bytes.count
    }

    /// A descriptor that does not block has no room: looked at again when it has.
    /// - Returns: whether to try again.
    private func waits(_ error: Int32, until end: ContinuousClock.Instant) -> Bool {
        guard error == EAGAIN || error == EWOULDBLOCK, ContinuousClock.now < end else { return false }
        var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&room, 1, 100)
        return true
    }
}
