import Orchestrator
import WireJSON

/// How one provider writes its answer: messages in, text and usage out. No I/O, no clock.
protocol AnswerDialect: Sendable {
    static var framing: BodyFraming { get }
    /// Why the model stopped, once it has said so.
    var finish: Finish? { get }
    /// - Throws: ``WireFault``; nothing behind it is read.
    mutating func read(_ message: [UInt8]) throws(WireFault) -> WireStep
}

/// What one message brought.
struct WireStep {
    var text = ""
    /// The latest count.
    var usage: ModelUsage?
    /// Nothing that matters comes behind it.
    var isLast = false
}

/// Why a model stopped writing.
enum Finish: Sendable, Equatable {
    case stop, tokenLimit, filtered
    /// It wants something that nobody offered, a tool above all.
    case unexpected

    /// - Throws: ``WireFault`` unless the answer is whole.
    func check() throws(WireFault) {
        switch self {
        case .stop: break
        case .tokenLimit: throw .tokenLimit
        case .filtered: throw .filtered
        case .unexpected: throw .malformed("the model stopped for something that it was not offered")
        }
    }
}

extension BoundedJSON {
    /// - Throws: ``WireFault``, `malformed`.
    init(message: [UInt8]) throws(WireFault) {
        do { self = try BoundedJSON(message.span) } catch { throw .malformed("a message that is no JSON, at byte \(error.offset)") }
    }

    var items: [BoundedJSON] { if case .array(let items) = self { items } else { [] } }
    var isTrue: Bool { self == .bool(true) }

    /// A count of tokens; 0 when missing, or no count.
    func tokens(_ key: String) -> Int {
        guard case .number(let text)? = self[key], let count = Int(text), (0...1_000_000_000).contains(count) else { return 0 }
        return count
    }
}
