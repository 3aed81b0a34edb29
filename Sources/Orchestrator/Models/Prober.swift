import Synchronization

/// Finds out whether providers whose breakers are open answer again: one small request each when the open time is over, so that no caller
/// is the one who tries.
public final class Prober: Sendable {
    private let board: BreakerBoard
    private let models: [any LanguageModel]
    private let limit: Duration
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// - Parameters:
    ///   - models: without their guards, which would refuse the probe.
    ///   - limit: for one probe.
    public init(_ models: [any LanguageModel], board: BreakerBoard, limit: Duration = .seconds(5)) {
        (self.models, self.board, self.limit) = (models, board, limit)
    }
    deinit { stop() }

    /// Watches until ``stop()``. Once is enough.
    public func start() {
        tasks.withLock { tasks in
            guard tasks.isEmpty else { return }
            tasks = models.map { model in
                Task { [board, limit] in await Self.watch(model, board, limit) }
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

    private static func watch(_ model: any LanguageModel, _ board: BreakerBoard, _ limit: Duration) async {
        for await _ in board.openings(of: model.name) {
            while !Task.isCancelled, let until = board.openUntil(model.name) {
                do { try await board.clock.sleep(until) } catch { return }
                // It may have been told to stay away for longer meanwhile.
                guard board.beginProbe(model.name) else { continue }
                do throws(ModelError) {
                    try await model.probe(within: limit)
                    board.endProbe(model.name, nil)
                } catch { board.endProbe(model.name, error) }
            }
        }
    }
}
