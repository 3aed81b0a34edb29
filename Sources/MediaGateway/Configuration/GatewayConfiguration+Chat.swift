extension GatewayConfiguration {
    /// `chat.*`: what a chat session may ask for.
    public struct Chat: Sendable, Equatable {
        /// Sessions held in memory at once; the store keeps the others.
        public var maxSessions: Int
        /// Devices on one session.
        public var maxDevices: Int
        /// Messages that one session may send in the long run, and at once.
        public var messagesPerMinute: Int
        public var burst: Int
        /// Turns, and new sessions, of all clients together: calls on the same machine must not wait for chats.
        public var turnsPerSecond: Int
        public var newSessionsPerSecond: Int
        /// Text of one message, in bytes of UTF-8.
        public var maxMessageBytes: Int
        /// A session that no device is on leaves the memory after this time; it can still be resumed.
        public var forget: Duration
        init(_ reader: ConfigurationReader) {
            maxSessions = reader.integer("max_sessions", default: 10_000, in: 1...1_000_000, unit: "sessions")
            maxDevices = reader.integer("max_devices", default: 8, in: 1...64, unit: "devices")
            messagesPerMinute = reader.integer("messages_per_minute", default: 60, in: 1...6_000, unit: "messages")
            burst = reader.integer("burst", default: 10, in: 1...1_000, unit: "messages")
            turnsPerSecond = reader.integer("turns_per_second", default: 200, in: 1...10_000, unit: "turns")
            newSessionsPerSecond = reader.integer("new_sessions_per_second", default: 100, in: 1...10_000, unit: "sessions")
            maxMessageBytes = reader.integer("max_message_bytes", default: 8_000, in: 100...60_000, unit: "bytes")
            forget = reader.seconds("forget_s", default: 600, in: 1...86_400)
        }
    }

    /// `handoff.*`: the way to a person.
    public struct Handoff: Sendable, Equatable {
        /// How long somebody waits for a person before the agent takes over again.
        public var patience: Duration
        init(_ reader: ConfigurationReader) { patience = reader.seconds("patience_s", default: 120, in: 1...3_600) }
    }

    /// `overload.*`: what is given up first when the machine is short of time. Percentages are of ticks (5 ms) that came late, over seconds.
    public struct Overload: Sendable, Equatable {
        /// From here on no new chat sessions and event streams.
        public var noNewChats: Int
        /// From here on no new calls either; live ones go on.
        public var noNewCalls: Int
        init(_ reader: ConfigurationReader) {
            noNewChats = reader.integer("no_new_chats_percent", default: 40, in: 5...100, unit: "percent")
            noNewCalls = reader.integer("no_new_calls_percent", default: 70, in: 5...100, unit: "percent")
            if noNewCalls < noNewChats {
                reader.problem("no_new_calls_percent", "= \"\(noNewCalls)\": is less than no_new_chats_percent, \(noNewChats): give at least that")
            }
        }
    }
}
