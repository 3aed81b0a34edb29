/// Bounds of a conversation. Each is a counter that only falls.
public struct ConversationLimits: Sendable, Equatable {
    /// Turns in all; after that a person takes over.
    public var maximumTurns: Int
    /// Turns that bring nothing forward (not understood, out of scope, refused answers), in all.
    public var patience: Int
    /// The same in a row, outside of a question.
    public var misunderstandingsInARow: Int
    /// Silences in a row before the conversation ends.
    public var silencesInARow: Int
    /// Below it an intent is confirmed before its workflow starts, 0…1.
    public var confirmBelow: Double
    /// From it on another intent interrupts a workflow in progress, 0…1.
    public var interruptAbove: Double
    public init(
        maximumTurns: Int = 60, patience: Int = 12, misunderstandingsInARow: Int = 3, silencesInARow: Int = 3,
        confirmBelow: Double = 0.45, interruptAbove: Double = 0.6
    ) {
        (self.maximumTurns, self.patience) = (maximumTurns, patience)
        (self.misunderstandingsInARow, self.silencesInARow) = (misunderstandingsInARow, silencesInARow)
        (self.confirmBelow, self.interruptAbove) = (confirmBelow, interruptAbove)
    }
}
