import EventLoop
import Logging
import Orchestrator
import SpokenText
import StreamingPipeline
import TierManager

/// What every call uses: built once by the composition root.
struct CallServices: Sendable {
    var settings: CallSettings
    var recogniser: (any SpeechRecognizer)?
    /// By name, as `tiers.yaml` names them.
    var synthesisers: [String: any SpeechSynthesizer]
    var fixedLines: FixedLines
    var normaliser = SpeechNormaliser()
    var splitter = ClauseSplitter()
    var tiers: TierManager
    var policy: TierPolicy
    var events: any EventSink
    var metrics: GatewayMetrics
    var observer: (any CallObserver)?
    var logger: Logger
    var directory: CallDirectory
    /// Monotonic; of the loop's ticks unless a test moves it.
    var now: @Sendable () -> Duration = { EventLoop.now }
    var openJournal: @Sendable (_ call: String) -> CallJournal
    /// Finds the chat session of a code, once.
    var findChat: @Sendable (_ code: String) -> (() async throws -> JoinedChat)? = { _ in nil }
    /// Hears of each clause whether the tier's voice could speak it.
    var voiceWorked: @Sendable (_ tier: String, Bool) -> Void = { _, _ in }
    /// Opens the conversation of one call: its id, and what is known of the caller.
    var openConversation: @Sendable (_ session: String, _ facts: [Fact]) -> Conversation
}

/// The settings a call reads on its way.
struct CallSettings: Sendable, Equatable {
    var turnDeadline: Duration
    var replyBudget: Duration
    /// What the first clause of a reply takes to become audio, with room to spare.
    var expectedSynthesis = Duration.milliseconds(200)
    /// Speech of this length takes the floor while the agent speaks.
    var bargeIn = Duration.milliseconds(300)
    /// Silence before each step of the ladder; the last one is used for all further steps.
    var silenceLadder: [Duration]
    /// Silence that ends a number read out.
    var numberSilence: Duration
    /// Pause that ends a number on the keypad without `#`.
    var keypadPause = Duration.seconds(2)
    /// A transcript that has not come this long after the endpoint counts as not understood.
    var transcriptDeadline = Duration.seconds(3)
    /// Typed turns, in the long run and at once.
    var typedPerMinute = 60, typedAtOnce = 10
    /// From a reply that leaves a tool at work to the question what became of it.
    var followUpAfter = Duration.seconds(1)
    var maximumCall = Duration.seconds(3600)
    /// What live calls hear when the gateway goes down.
    var closingLine = "I'm sorry, we have to end this call now. Please call again in a few minutes. Goodbye."
}
