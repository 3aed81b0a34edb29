/// A workflow in progress: a plain value, so that a turn can work on a copy and throw it away.
struct WorkflowRun: Sendable, Equatable, Codable {
    struct SlotValue: Sendable, Equatable, Codable {
        var value: String
        /// `caller`, or who put the fact there that filled it.
        var source: String
        var confidence: Double
        /// True once its step has judged it.
        var isAccepted = false
    }
    /// A call whose answer has not come yet.
    struct Pending: Sendable, Equatable, Codable {
        var request: ToolRequest
        /// What is said meanwhile.
        var working: String?
    }

    let workflow: String
    let ticket: String
    /// Counts the session's tickets.
    let number: Int
    var position = 0
    var slots: [String: SlotValue] = [:]
    /// Values that tools answered, by the name under which they were saved.
    var results: [String: [String: String]] = [:]
    /// Answers that may still fail, by instruction.
    var attemptsLeft: [String: Int] = [:]
    /// Questions that may still be asked. Falls with each, and nothing raises it: this is what ends every workflow.
    var questionsLeft: Int
    /// Instructions whose fact was tried.
    var factsTried: Set<String> = []
    /// The question that waits for an answer.
    var asking: ExpectedSlot?
    var pending: Pending?

    init(_ workflow: WorkflowDefinition, session: String, number: Int) {
        (self.workflow, questionsLeft) = (workflow.name, workflow.maximumQuestions)
        (ticket, self.number) = ("\(session)-\(number)", number)
    }

    /// Slots with a judged value.
    var filled: [String: String] { slots.filter(\.value.isAccepted).mapValues(\.value) }
}

/// One call that a workflow wants made.
struct ToolRequest: Sendable, Equatable, Codable {
    enum Purpose: String, Sendable, Codable { case step, check }
    var tool: String
    var arguments: [String: String]
    var purpose: Purpose
    var instruction: String
    /// Same wish, same key: it is made of the ticket, the step and the arguments.
    var idempotencyKey: String
}

/// How a call ended.
enum ToolOutcome: Sendable, Equatable {
    case result(ToolResult)
    case failed(ToolCallRecord.Outcome)
}
