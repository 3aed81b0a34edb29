public import struct Foundation.Date

/// Turns what a user said into advice. Language models and the embedded understanding all conform; none of them acts.
public protocol Understander: Sendable {
    /// Its name in records and metrics, e.g. `embedded`.
    var name: String { get }
    /// Reads one user turn.
    /// - Returns: advice; the conversation validates it against the domain pack before anything uses it.
    /// - Throws: anything; the next engine is asked.
    func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision
    /// The same, with words for what the pack has nothing to say to. An engine without words of its own need not have this.
    func advise(_ text: String, in context: UnderstandingContext) async throws -> Advice
}

extension Understander {
    public func advise(_ text: String, in context: UnderstandingContext) async throws -> Advice { Advice(try await decide(text, in: context)) }
}

/// What an engine says to a user turn.
public struct Advice: Sendable, Equatable {
    public var decision: Decision
    /// An answer in the engine's own words, or the first clauses of it. It is used only where no workflow and no phrase of the pack has one.
    public var answer: String?
    /// The clauses that follow, while they are written; whole ones.
    public var rest: Remainder<String>?
    /// Of the prompt that the engine was asked with, if it was one.
    public var promptVersion: String?
    public init(_ decision: Decision, answer: String? = nil, rest: Remainder<String>? = nil) {
        (self.decision, self.answer, self.rest) = (decision, answer, rest)
    }
}

/// What an engine may know when it reads a user turn.
public struct UnderstandingContext: Sendable, Equatable {
    /// The slot that the last reply asked for; `nil` when the floor is open.
    public var expecting: ExpectedSlot?
    /// The workflow in progress.
    public var workflow: String?
    /// What relative dates count from.
    public var now: Date
    /// Whose turn it is, and where.
    public var session = "", agent = "", channel = Channel.chat
    /// The last exchanges, oldest first; of each answer what was heard.
    public var history: [Exchange] = []
    /// Time for the engine, to its last word.
    public var remaining = Duration.seconds(1)
    /// Words of the engine's own may be used.
    public var mayAnswer = false
    public init(expecting: ExpectedSlot? = nil, workflow: String? = nil, now: Date) {
        (self.expecting, self.workflow, self.now) = (expecting, workflow, now)
    }
}

/// A question that waits for an answer.
public struct ExpectedSlot: Sendable, Equatable, Codable {
    public var name: String
    public var type: SlotType
    /// What may be answered, for `choice` and `plan`: canonical values.
    public var options: [String]
    public init(name: String, type: SlotType, options: [String] = []) { (self.name, self.type, self.options) = (name, type, options) }
}

/// The type of a slot's value, and of an entity.
public enum SlotType: String, Sendable, Codable, CaseIterable {
    case text, number, money, date, month, phone, data, plan, choice
    /// `yes` or `no`.
    case confirmation
}
