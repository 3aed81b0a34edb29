import GRDB
import Orchestrator
import Synchronization

/// How the calls and sessions that are live began, so that a new file can know them too.
final class LiveRecords: Sendable {
    /// Of each kind; of more, some would be missing in a new file.
    static let capacity = 10_000
    private struct State {
        var began: [String: StoredWrite] = [:]
        /// Ended, but the end is not in the file yet.
        var leaving: Set<String> = []
    }
    private let state = Mutex(State())

    var all: [StoredWrite] { state.withLock { Array($0.began.values) } }

    /// - Parameter isDurable: otherwise the write waits in memory.
    func note(_ write: StoredWrite, isDurable: Bool) {
        switch write {
        case .begin(let session): state.withLock { Self.add(write, "session \(session.id)", to: &$0) }
        case .beginCall(let call): state.withLock { Self.add(write, "call \(call.id)", to: &$0) }
        case .end(let session, _, _): state.withLock { Self.end("session \(session)", isDurable, in: &$0) }
        case .endCall(let id, _, _): state.withLock { Self.end("call \(id)", isDurable, in: &$0) }
        default: break
        }
    }

    /// So that a new file does not bring back a person who was erased.
    func forget(_ person: Person, sessions: Set<String>, calls: Set<String>) {
        state.withLock { state in
            state.began = state.began.filter { !$0.value.concerns(person, sessions: sessions, calls: calls) }
        }
    }

    private static func add(_ write: StoredWrite, _ key: String, to state: inout State) {
        if state.began.count >= 2 * capacity, let some = state.began.keys.first { state.began[some] = nil }
        state.began[key] = write
        state.leaving.remove(key)
    }

    private static func end(_ key: String, _ isDurable: Bool, in state: inout State) {
        state.leaving.insert(key)
        guard isDurable else { return }
        for key in state.leaving { state.began[key] = nil }
        state.leaving = []
    }
}

/// What others keep in the gateway's file besides its own tables.
final class Seeds: Sendable {
    typealias Seed = @Sendable (Database) throws -> Void
    private let seeds = Mutex<[Seed]>([])
    var all: [Seed] { seeds.withLock { $0 } }
    func add(_ seed: @escaping Seed) { seeds.withLock { $0.append(seed) } }
}
