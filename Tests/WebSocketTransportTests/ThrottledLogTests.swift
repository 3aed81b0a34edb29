import GatewayTesting
import Logging
import Synchronization
import Testing
import WebSocketTransport

@Suite("What a peer can cause at will is logged once a second")
struct ThrottledLogTests {
    private final class Lines: LogHandler, Sendable {
        let texts = Mutex<[String]>([])
        let logLevel_ = Logger.Level.info
        var logLevel: Logger.Level {
            get { logLevel_ }
            set {}
        }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        func log(event: LogEvent) {
            texts.withLock { $0.append("\(event.message) \(event.metadata?["suppressed"]?.description ?? "-")") }
        }
    }

    @Test("the rest is counted and told with the next one")
    func throttled() {
        let lines = Lines(), clock = ManualClock()
        let log = ThrottledLog(Logger(label: "test") { _ in lines }, clock: clock)
        for number in 1...3 { log.warning("refused \(number)", metadata: [:]) }
        clock.advance(by: .seconds(1))
        log.warning("refused 4", metadata: [:])
        clock.advance(by: .seconds(1))
        log.warning("refused 5", metadata: [:])
        #expect(lines.texts.withLock { $0 } == ["refused 1 -", "refused 4 2", "refused 5 -"])
    }
}
