/// What a recorded caller does in a call, line by line.
public struct CallerScript: Sendable {
    /// One thing the caller does once the agent has finished speaking.
    public struct Line: Sendable {
        public enum Action: Sendable {
            /// Speaks: 8 kHz mono.
            case speak([Int16])
            /// Presses keys, 200 ms apart.
            case press(String)
            /// Says nothing and waits for the agent to speak again.
            case stayQuiet
        }
        /// What is shown for it.
        public var text: String
        public var action: Action
        /// Does not wait for the agent to finish, but speaks this long after the agent began.
        public var interruptsAfter: Duration?
        public init(_ text: String, _ action: Action, interruptsAfter: Duration? = nil) {
            (self.text, self.action, self.interruptsAfter) = (text, action, interruptsAfter)
        }
    }
    public var lines: [Line]
    /// How long the caller lets pass after the agent's last sound.
    public var reaction: Duration
    /// How long the caller waits for an answer before giving up.
    public var patience: Duration
    /// Noise of the line between the lines, 8 kHz, repeated; empty is digital silence.
    public var lineNoise: [Int16]
    public init(
        _ lines: [Line], reaction: Duration = .milliseconds(400), patience: Duration = .seconds(12), lineNoise: [Int16] = []
    ) {
        (self.lines, self.reaction, self.patience, self.lineNoise) = (lines, reaction, patience, lineNoise)
    }
}
