import Synchronization

/// A service behind a breaker that can be asked whether it answers again.
public protocol Probed: Sendable {
    /// As the ``BreakerBoard`` knows it.
    var name: String { get }

    /// Asks for as little as shows that it is there.
    /// - Throws: ``ModelError`` when it is not.
    func probe(within: Duration) async throws(ModelError)
}

/// Finds out whether providers whose breakers are open answer again: one small request each when the open time is over, so that no caller
/// is the one who tries.
public final class Prober: Sendable {
    private let board: BreakerBoard
    private let services: [any Probed]
    private let limit: Duration
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// - Parameters:
    ///   - services: without their guards, which would refuse the probe.
    ///   - limit: for one probe.
    public init(_ services: [any Probed], board: BreakerBoard, limit: Duration = .seconds(5)) {
        (self.services, self.board, self.limit) = (services, board, limit)
    }
    deinit { stop() }

    /// Watches until ``stop()``. Once is enough.
    public func start() {
        tasks.withLock { tasks in
            guard tasks.isEmpty else { return }
            tasks = services.map { service in
                Task { [board, limit] in await Self.watch(service, board, limit) }
            }
        }
    }

    /// Ends a probe that is under way, too; its breaker opens again.
    public func stop() {
        let running = tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in running { task.cancel() }
    }

    private static func watch(_ service: any Probed, _ board: BreakerBoard, _ limit: Duration) async {
        for await _ in board.openings(of: service.name) {
            while !Task.isCancelled, let until = board.openUntil(service.name) {
                do { try await board.clock.sleep(until) } catch { return }
                // It may have been told to stay away for longer meanwhile.
                guard board.beginProbe(service.name) else { continue }
                do throws(ModelError) {
                    try await service.probe(within: limit)
                    board.endProbe(service.name, nil)
                } catch { board.endProbe(service.name, error) }
            }
        }
    }
}
