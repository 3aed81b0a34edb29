extension GatewayConfiguration {
    /// `models.*`.
    public struct Models: Sendable, Equatable {
        /// The folder that `make setup` fills.
        public var path: String
        init(_ reader: ConfigurationReader) { path = reader.path("path", default: "Models") }
    }

    /// `pipeline.*`.
    public struct Pipeline: Sendable, Equatable {
        /// Sends each caller's audio straight back, through VAD and endpointing: what latency and capacity are measured with.
        public var loopback: Bool
        init(_ reader: ConfigurationReader) { loopback = reader.flag("loopback", default: false) }
    }

    /// `endpointing.*`: when an utterance starts and ends.
    public struct Endpointing: Sendable, Equatable {
        /// Voice that starts an utterance. Shorter hears short words, and clicks.
        public var onset: Duration
        /// Silence after which the final decode starts, unseen; at most `silence`.
        public var plausiblePause: Duration
        /// Silence that ends an utterance. Shorter answers sooner, and cuts slow speakers off.
        public var silence: Duration
        /// The longest utterance; then it is taken as it is.
        public var maximumUtterance: Duration
        init(_ reader: ConfigurationReader) {
            onset = reader.milliseconds("onset_ms", default: 60, in: 20...500)
            silence = reader.milliseconds("silence_ms", default: 500, in: 100...3_000)
            plausiblePause = min(reader.milliseconds("plausible_pause_ms", default: 200, in: 60...2_000), silence)
            maximumUtterance = reader.seconds("maximum_utterance_s", default: 25, in: 1...28)
        }
    }

    /// `speech.*`: ears and voices. Which voice a call gets is `tiers.yaml`'s matter.
    public struct Speech: Sendable, Equatable {
        public struct Recogniser: Sendable, Equatable {
            public enum Engine: String, Sendable, CaseIterable { case whisper }
            public var engine: Engine
            /// A file in `models.path`.
            public var model: String
            /// Decodes at once; 0 is one a core, with one core left to the rest.
            public var workers: Int
            /// Utterances that may wait for a worker; one more fails at once.
            public var queue: Int
            init(_ reader: ConfigurationReader) {
                engine = reader.choice("engine", default: .whisper)
                model = reader.text("model", default: "whisper-tiny.en-q8_0.bin")
                workers = reader.integer("workers", default: 0, in: 0...64, unit: "workers")
                queue = reader.integer("queue", default: 64, in: 1...1_000, unit: "utterances")
            }
        }
        public struct Synthesiser: Sendable, Equatable {
            /// Clauses spoken at once.
            public var workers: Int
            /// Clauses that may wait; one more fails at once.
            public var queue: Int
            init(_ reader: ConfigurationReader) {
                workers = reader.integer("workers", default: 2, in: 1...64, unit: "workers")
                queue = reader.integer("queue", default: 256, in: 1...10_000, unit: "clauses")
            }
        }
        public struct VoiceActivity: Sendable, Equatable {
            /// A file in `models.path`.
            public var model: String
            init(_ reader: ConfigurationReader) { model = reader.text("model", default: "silero-8k.f32") }
        }
        public var recogniser: Recogniser
        public var synthesiser: Synthesiser
        public var voiceActivity: VoiceActivity
        init(_ reader: ConfigurationReader) {
            recogniser = reader.section("recogniser", Recogniser.init)
            synthesiser = reader.section("synthesiser", Synthesiser.init)
            voiceActivity = reader.section("voice_activity", VoiceActivity.init)
        }
    }

    /// `playback.*`: how far audio runs ahead of the caller's ear (DESIGN §4.4).
    public struct Playback: Sendable, Equatable {
        /// Sent at once when a reply starts.
        public var lead: Duration
        /// What is kept ahead while it goes on: little, so that an interruption is heard at once.
        public var ahead: Duration
        init(_ reader: ConfigurationReader) {
            lead = reader.milliseconds("lead_ms", default: 60, in: 20...300)
            ahead = reader.milliseconds("ahead_ms", default: 200, in: 20...300)
            if lead > ahead {
                let (written, limit) = (Int(lead / .milliseconds(1)), Int(ahead / .milliseconds(1)))
                reader.problem("lead_ms", "= \"\(written)\": is more than ahead_ms, \(limit): give at most that")
            }
        }
    }

    /// `silence.*`: what happens when the caller says nothing.
    public struct Silence: Sendable, Equatable {
        /// Silence before each step of the ladder, from the end of what we said: the last step says goodbye.
        public var ladder: [Duration]
        init(_ reader: ConfigurationReader) {
            ladder = reader.secondsList("ladder_s", default: [8, 8, 10], in: 0.5...120, count: 1...10)
        }
    }

    /// `agent.*`: who answers, and how long it may think.
    public struct Agent: Sendable, Equatable {
        /// `agent.remote.*`: an agent of the operator's own, asked before everybody else.
        public struct Remote: Sendable, Equatable {
            /// Where turns are posted; `nil` is nowhere.
            public var url: String?
            /// The variable of the environment that holds its bearer token.
            public var keyVariable: String?
            /// From one event of an answer to the next, and for all of them.
            public var betweenEvents: Duration, total: Duration
            init(_ reader: ConfigurationReader) {
                url = reader.optionalText("url", none: "off", length: 0...500).flatMap { $0.isEmpty ? nil : $0 }
                if let url { reader.checkWebAddress(url, of: "url") }
                keyVariable = reader.variable("key_variable")
                betweenEvents = reader.milliseconds("between_events_ms", default: 5_000, in: 100...60_000)
                total = reader.seconds("total_s", default: 60, in: 1...600)
            }
        }

        /// False answers no calls with an agent: callers hear that nobody is there.
        public var enabled: Bool
        /// A language model, if one is configured, may answer in its own words where the pack has none.
        public var directModelFallback: Bool
        /// The domain pack: a folder under `domains/` beside this file.
        public var domain: String
        /// The most that a turn may take to decide.
        public var turnDeadline: Duration
        /// From the caller's last word to the first word of the reply, whatever happens.
        public var replyBudget: Duration
        /// Turns that language models advise on at once; more wait in line, by conversation in turn.
        public var maxConcurrentTurns: Int
        /// Conversations that are made ahead.
        public var contextPool: Int
        public var remote: Remote
        init(_ reader: ConfigurationReader) {
            enabled = reader.flag("enabled", default: true)
            directModelFallback = reader.flag("direct_model_fallback", default: true)
            domain = reader.text("domain", default: "telecom", length: 1...64)
            turnDeadline = reader.milliseconds("turn_deadline_ms", default: 1_500, in: 300...10_000)
            replyBudget = reader.milliseconds("reply_budget_ms", default: 2_000, in: 500...20_000)
            contextPool = reader.integer("context_pool", default: 50, in: 0...10_000, unit: "conversations")
            maxConcurrentTurns = reader.integer("max_concurrent_turns", default: 50, in: 1...10_000, unit: "turns")
            remote = reader.section("remote", Remote.init)
            if !domain.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D }) {
                reader.problem("domain", "= \(ConfigurationReader.quoted(domain)): give the name of a folder: a-z, 0-9, _ and -")
            }
        }
    }
}
