public import Synchronization

/// Says when the machine cannot keep its promises any more, and what is given up first.
///
/// The sign is the one that callers hear: ticks of 5 ms that came late. New chat sessions and event streams go first, new calls next;
/// live calls are never given up. Judged once a second, so that a hiccup is none.
public final class OverloadGuard: Sendable {
    public enum Level: Int, Sendable, Comparable, AtomicRepresentable {
        case none, noNewChats, noNewCalls
        public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
        public var name: String {
            switch self {
            case .none: "none"
            case .noNewChats: "no_new_chats"
            case .noNewCalls: "no_new_calls"
            }
        }
    }
    private struct State {
        /// Of each loop.
        var lastLate: [Int] = []
        /// Judgements in a row that ask for a higher level, and for a lower one.
        var worse = 0, better = 0
    }
    private let current = Atomic<Level>(.none)
    private let state = Mutex(State())
    private let chats: Double, calls: Double
    /// Judgements in a row that change the level: up quickly, down slowly.
    private static let upAfter = 2, downAfter = 3

    /// - Parameters:
    ///   - chats: share of late ticks, 0…1, from which no new chat sessions are taken.
    ///   - calls: the same for calls.
    public init(chats: Double, calls: Double) { (self.chats, self.calls) = (chats, max(chats, calls)) }

    public var level: Level { current.load(ordering: .relaxed) }

    /// Once a second.
    /// - Parameters:
    ///   - lateTicks: since the start, of each loop, always in the same order. The loop that was worst since the last judgement counts,
    ///     whichever was worst before.
    ///   - ticks: that were due since the last judgement.
    /// - Returns: the new level when it changed.
    @discardableResult public func judge(lateTicks: [Int], ofTicks ticks: Int) -> Level? {
        state.withLock { state in
            let before = state.lastLate.count == lateTicks.count ? state.lastLate : Array(repeating: 0, count: lateTicks.count)
            let worst = zip(lateTicks, before).map { $0 - $1 }.max() ?? 0
            let share = Double(worst) / Double(max(1, ticks))
            state.lastLate = lateTicks
            let sign: Level = share >= calls ? .noNewCalls : share >= chats ? .noNewChats : .none
            let level = level
            state.worse = sign > level ? state.worse + 1 : 0
            state.better = sign < level ? state.better + 1 : 0
            guard state.worse >= Self.upAfter || state.better >= Self.downAfter else { return nil }
            (state.worse, state.better) = (0, 0)
            // One step at a time.
            let next = Level(rawValue: level.rawValue + (sign > level ? 1 : -1)) ?? .none
            current.store(next, ordering: .relaxed)
            return next
        }
    }
}
