/// What the agent says outside of workflows. Several variants are used in turn, so that repetition does not grate.
public struct Phrases: Sendable, Equatable {
    public enum Key: String, Sendable, CaseIterable {
        /// Opens the conversation.
        case greeting
        /// Answers a hello later on.
        case greetingAgain = "greeting_again"
        case help, goodbye, thanks
        /// After a workflow is done.
        case anythingElse = "anything_else"
        /// After a yes to `anything_else`.
        case goOn = "go_on"
        /// A workflow was left at the caller's wish.
        case cancelled
        /// There was nothing to leave.
        case nothingToCancel = "nothing_to_cancel"
        /// First and second step of the ladder for what was not understood; the third is `handoff_after_trouble`.
        case notUnderstood = "not_understood"
        case notUnderstoodOptions = "not_understood_options"
        /// In front of a question that is put again.
        case clarify
        /// In front of a read-back that got neither yes nor no.
        case confirmAgain = "confirm_again"
        case confirmIntent = "confirm_intent"
        case outOfScope = "out_of_scope"
        /// Understood, but nothing here serves it.
        case notOffered = "not_offered"
        case handoff
        case handoffAfterTrouble = "handoff_after_trouble"
        /// Nobody could take over: the agent goes on.
        case handoffFailed = "handoff_failed"
        /// No engine answered in time.
        case fallback
        case toolFailed = "tool_failed"
        /// A tool outlives the turn, and outlives the next one.
        case working
        case stillWorking = "still_working"
        /// In front of a workflow that was interrupted.
        case resume
        /// Ladder for silence.
        case silenceFirst = "silence_first"
        case silenceSecond = "silence_second"
        case silenceGoodbye = "silence_goodbye"

        /// Placeholders that a phrase may hold: who answers, what can be done, the workflow in progress.
        public var placeholders: [String] {
            switch self {
            case .confirmIntent, .resume, .cancelled: ["organisation", "agent", "capabilities", "title"]
            default: ["organisation", "agent", "capabilities"]
            }
        }
    }
    public var variants: [Key: [String]]
    public init(_ variants: [Key: [String]] = [:]) { self.variants = variants }
}
