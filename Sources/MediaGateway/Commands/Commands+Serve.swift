@unsafe @preconcurrency import Dispatch
import Foundation
import Logging
import Persistence
import Synchronization

extension Commands {
    /// `serve`: runs until a signal, then drains (FIELD 22).
    /// - Parameter untilEndOfInput: the end of standard input stops it at once, as two signals do.
    public static func serve(_ source: ConfigurationSource, untilEndOfInput: Bool) async throws(CommandFailure) {
        let configuration = try load(source)
        let logger = GatewayLog.make(configuration.gateway.logging)
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let signals = StopSignals()
        if untilEndOfInput { signals.watchStandardInput() }
        let gateway: Gateway
        do { gateway = try await Gateway.start(configuration, logger: logger) } catch {
            throw error as? CommandFailure ?? CommandFailure("cannot start: \(error)")
        }
        let server = configuration.gateway.server
        Terminal.standard.line("listening on \(server.tls == nil ? "http" : "https")://\(urlHost(server.host)):\(gateway.port)")
        await signals.first()
        await gateway.drain { signals.count > 1 }
        let lost = gateway.database.lostAtEnd
        guard lost == 0 else { throw CommandFailure("\(lost) records are lost: neither \(gateway.database.path) nor a file beside it took them") }
    }
}

/// SIGTERM, SIGINT and SIGHUP (a terminal that goes away), counted: the first one drains, the second one forces.
final class StopSignals: Sendable {
    private final class Counter: Sendable { let value = Mutex(0) }
    private let received = Counter()
    private let stream: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    init() {
        signal(SIGPIPE, SIG_IGN)
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        self.stream = stream
        let queue = DispatchQueue(label: "signals")
        sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for source in sources {
            source.setEventHandler { [received] in
                received.value.withLock { $0 += 1 }
                continuation.yield()
            }
            source.activate()
        }
    }

    /// Stops at once when standard input ends.
    func watchStandardInput() {
        Thread.detachNewThread {
            while !FileHandle.standardInput.availableData.isEmpty {}
            // The second one forces; two that come together would be one.
            while true {
                kill(getpid(), SIGTERM)
                Thread.sleep(forTimeInterval: 0.2)
            }
        }
    }

    var count: Int { received.value.withLock { $0 } }
    func first() async { for await _ in stream { return } }
}
