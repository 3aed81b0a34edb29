public import struct Foundation.Date

/// A workflow is over.
public struct WorkflowCompleteNotice: Sendable, Equatable {
    public enum Outcome: String, Sendable, CaseIterable {
        case completed, abandoned
        /// Left to a person.
        case handedOff = "handed_off"
    }
    public var session: String
    public var workflow: String
    /// The support case that was opened for it.
    public var ticket: String
    public var outcome: Outcome
    /// Names of the slots that were filled. Their values are the caller's, and stay in the store.
    public var slots: [String]
    public var at: Date
    public init(session: String, workflow: String, ticket: String, outcome: Outcome, slots: [String], at: Date) {
        (self.session, self.workflow, self.ticket) = (session, workflow, ticket)
        (self.outcome, self.slots, self.at) = (outcome, slots, at)
    }
}
