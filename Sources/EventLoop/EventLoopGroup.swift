/// The loops of a process, one per core that serves calls.
public final class EventLoopGroup: Sendable {
    public let loops: [EventLoop]
    let watchdog = PosixMutex<LoopWatchdog?>(nil)

    /// - Parameter count: loops to start, at least 1.
    /// - Throws: ``EventLoopError``; loops that started already are left to end by themselves.
    public init(count: Int, name: String = "loop") throws(EventLoopError) {
        var loops: [EventLoop] = []
        for index in 0..<max(1, count) { loops.append(try EventLoop(name: "\(name)-\(index)")) }
        self.loops = loops
    }

    /// The loop with the fewest connections.
    public var leastLoaded: EventLoop {
        var best = loops[0]
        for loop in loops.dropFirst() where loop.connectionCount < best.connectionCount { best = loop }
        return best
    }

    /// Stops every loop and joins its thread.
    public func stop() async {
        stopWatching()
        for loop in loops { await loop.stop() }
    }
}
