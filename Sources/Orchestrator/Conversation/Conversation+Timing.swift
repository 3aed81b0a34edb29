extension Conversation {
    /// How a turn's time is divided.
    public struct Timing: Sendable, Equatable {
        /// Part of the time left that one engine, or one look at a tool still at work, may use.
        public var share: Double
        /// What the last engine has at the least: enough for the embedded understanding on a busy machine.
        public var lastShare = Duration.milliseconds(100)
        /// The most that a turn waits for the store.
        public var storeWait: Duration
        /// The least, even when the turn's time is used up: a write that would succeed is not called a failure.
        public var storeGrace: Duration
        /// The longest pause in a reply that is being written, and the longest such reply: it ends with what there is.
        public var betweenClauses = Duration.seconds(2), longestReply = Duration.seconds(60)
        /// The same pause when the operator's own agent writes: its tools may take a while, and it says so itself.
        public var betweenRemoteEvents = Duration.seconds(60)
        /// Calls of one engine, or of the store, that may hang before it is not called any more.
        public var maximumHanging: Int
        public init(
            share: Double = 0.6, storeWait: Duration = .milliseconds(250), storeGrace: Duration = .milliseconds(50),
            maximumHanging: Int = 2
        ) {
            (self.share, self.storeWait, self.storeGrace, self.maximumHanging) = (share, storeWait, storeGrace, maximumHanging)
        }
    }
}
