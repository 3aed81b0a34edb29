import CLibwebsockets
public import EventLoop

/// Opens WebSockets to other hosts, on a loop that the caller chooses; the connection lives there like one that came in.
public final class WebSocketClient: Sendable {
    /// Where to.
    public struct Target: Sendable, CustomStringConvertible {
        public var host: String, port: UInt16
        /// With the query, as it goes on the wire.
        public var path: String
        public var usesTLS: Bool
        /// PEM file with the authorities to trust instead of the system's; one that cannot be read trusts nobody.
        public var authorityFile: String?
        public init(host: String, port: UInt16, path: String = "/", usesTLS: Bool = false, authorityFile: String? = nil) {
            (self.host, self.port, self.path, self.usesTLS, self.authorityFile) = (host, port, path, usesTLS, authorityFile)
        }
        public var description: String { "\(usesTLS ? "wss" : "ws")://\(hostField)\(path)" }
        var hostField: String { port == (usesTLS ? 443 : 80) ? host : "\(host):\(port)" }
    }

    private let resolver: Resolver
    private let limits: TransportLimits
    public let counters = TransportCounters()

    public init(resolver: Resolver, limits: TransportLimits = TransportLimits()) { (self.resolver, self.limits) = (resolver, limits) }

    /// Connects, shakes hands, and returns the open connection; its handler has heard ``WebSocketHandler/opened(_:)`` by then.
    ///
    /// Cancelling the task drops the attempt.
    /// - Parameters:
    ///   - headers: fields to send beyond those of the handshake.
    ///   - timeout: from here to the open connection, the name's look-up included.
    ///   - handler: makes the handler, on the loop.
    /// - Throws: ``WebSocketError``.
    public func connect(
        to target: Target, headers: HTTPHeaders = [:], timeout: Duration = .seconds(5), on loop: EventLoop,
        handler: @escaping @Sendable () -> any WebSocketHandler
    ) async throws -> WebSocketConnection {
        let deadline = EventLoop.now + timeout
        let address: String
        do {
            guard let first = try await resolver.addresses(for: target.host).first else {
                throw ResolveError(code: .unknownHost, host: target.host)
            }
            address = first
        } catch {
            throw WebSocketError(.unresolved, "\(target): \(error)")
        }
        let attempt = PendingConnect(target: target.description, headers: headers)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                attempt.continuation = continuation
                let isQueued = loop.post { [limits, counters] in
                    Self.start(attempt, target, address, deadline, limits, counters, loop, handler)
                }
                if !isQueued { attempt.finish(.failure(WebSocketError(.cancelled, "\(target): the event loop is stopping"))) }
            }
        } onCancel: {
            loop.post { attempt.cancel() }
        }
    }

    /// On the loop.
    private static func start(
        _ attempt: PendingConnect, _ target: Target, _ address: String, _ deadline: Duration, _ limits: TransportLimits,
        _ counters: TransportCounters, _ loop: EventLoop, _ handler: () -> any WebSocketHandler
    ) {
        guard !attempt.isFinished else { return }
        let context: LoopContext
        do { context = try LoopContext.of(loop) } catch { return attempt.finish(.failure(error)) }
        let record = SocketRecord(
            context: context, server: nil, limits: limits, counters: counters,
            request: HTTPRequest(method: "GET", path: target.path, remoteAddress: address), handler: handler())
        record.connecting = attempt
        attempt.record = record
        context.insert(record)
        record.enter(.opening, within: max(.zero, deadline - EventLoop.now))

        let socket = unsafe address.withCString { address in
            unsafe target.hostField.withCString { host in
                unsafe target.path.withCString { path in
                    var info = unsafe lws_client_connect_info()
                    unsafe info.address = address
                    unsafe info.port = CInt(target.port)
                    unsafe info.host = host
                    unsafe info.path = path
                    unsafe info.ssl_connection = target.usesTLS ? CInt(LCCSCF_USE_SSL.rawValue) : 0
                    unsafe info.opaque_user_data = Unmanaged.passRetained(record).toOpaque()
                    return unsafe context.connect(&info, authorityFile: target.authorityFile)
                }
            }
        }
        if let socket = unsafe socket {
            unsafe record.socket = socket
        } else {
            attempt.finish(.failure(WebSocketError(.refused, "\(target): no connection")))
            record.connecting = nil
            context.remove(record, isClosed: true)
        }
    }
}

/// A connect that has not come to an end. Loop-confined but for its making.
final class PendingConnect: @unchecked Sendable {
    let target: String
    let headers: HTTPHeaders
    var continuation: CheckedContinuation<WebSocketConnection, any Error>?
    weak var record: SocketRecord?
    private(set) var isFinished = false

    init(target: String, headers: HTTPHeaders) { (self.target, self.headers) = (target, headers) }

    /// The first result counts.
    func finish(_ result: Result<WebSocketConnection, WebSocketError>) {
        guard !isFinished else { return }
        isFinished = true
        continuation?.resume(with: result.mapError { $0 as any Error })
        continuation = nil
    }

    func cancel() {
        guard !isFinished else { return }
        finish(.failure(WebSocketError(.cancelled, "\(target): cancelled")))
        record?.kill()
    }
}
