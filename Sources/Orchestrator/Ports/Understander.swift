public import struct Foundation.Date

/// Turns what a user said into advice. Language models and the embedded understanding all conform; none of them acts.
public protocol Understander: Sendable {
    /// Its name in records and metrics, e.g. `embedded`.
    var name: String { get }
    /// Reads one user turn.
    /// - Returns: advice; the conversation validates it against the domain pack before anything uses it.
    /// - Throws: anything; the next engine is asked.
    func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision
}

/// What an engine may know when it reads a user turn.
public struct UnderstandingContext: Sendable, Equatable {
    /// The slot that the last reply asked for; `nil` when the floor is open.
    public var expecting: ExpectedSlot?
    /// The workflow in progress.
    public var workflow: String?
    /// What relative dates count from.
    public var now: Date
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
