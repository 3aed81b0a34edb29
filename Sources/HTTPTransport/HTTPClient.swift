public import EventLoop

/// HTTP requests to other hosts from one event loop: streaming bodies, reused connections, deadlines, cancellation down to the socket.
///
/// Requests may be sent from any task; from one that is pinned to the loop nothing hops. Connections belong to the loop and are shared by
/// all clients on it.
public final class HTTPClient: Sendable {
    public struct Configuration: Sendable {
        /// To the open connection, TLS included.
        public var connectTimeout = Duration.seconds(3)
        /// From sending to the response's head; nil leaves it to the request's own timeout.
        public var firstByteTimeout: Duration?
        /// A whole body has at most so many bytes.
        public var maximumBodyBytes = 8 * 1_024 * 1_024
        /// A streamed body is read ahead of its consumer by no more than this; then the peer has to wait.
        public var readAheadBytes = 262_144
        /// Requests of this client that may be under way at once.
        public var maximumConcurrent = 1_024
        /// Path of a file of certificates (PEM) to trust instead of the system's.
        public var certificateFile: String?
        public init() {}
    }

    public struct Request: Sendable {
        public var method: String, url: String
        public var headers: [(String, String)]
        public var body: [UInt8]
        /// - Parameter url: absolute, `http` or `https`.
        public init(method: String = "GET", url: String, headers: [(String, String)] = [], body: [UInt8] = []) {
            (self.method, self.url, self.headers, self.body) = (method, url, headers, body)
        }
    }

    /// Status and header fields.
    public struct Head: Sendable {
        public var status: Int
        /// Lower-case names, in the order they came.
        public var headers: [(name: String, value: String)]
        public subscript(_ name: String) -> String? { headers.first { $0.name == name.lowercased() }?.value }
    }

    public struct Response: Sendable {
        public var head: Head
        public var body: [UInt8]
        public var status: Int { head.status }
    }

    /// A response whose body is still coming. Dropping it, or breaking off its iteration, cancels the request.
    public struct StreamedResponse: Sendable {
        public var head: Head
        public var body: HTTPBody
        public var status: Int { head.status }
    }

    let loop: EventLoop
    let resolver: Resolver
    let configuration: Configuration

    public init(loop: EventLoop, resolver: Resolver, configuration: Configuration = Configuration()) {
        (self.loop, self.resolver, self.configuration) = (loop, resolver, configuration)
    }

    /// Sends a request and collects the response.
    ///
    /// Cancelling the task removes the request from its connection at once.
    /// - Parameter timeout: for all of it, the name's look-up included.
    /// - Throws: ``HTTPError``; a status like 500 is a response.
    public func send(_ request: Request, timeout: Duration = .seconds(10)) async throws(HTTPError) -> Response {
        let delivery = WholeBody(limit: configuration.maximumBodyBytes)
        let head = try await run(request, timeout, delivery)
        return Response(head: head, body: delivery.body)
    }

    /// Sends a request and returns with the response's head; the body follows as it comes.
    /// - Parameters:
    ///   - timeout: for all of it, to the body's end.
    ///   - firstByteTimeout: instead of ``Configuration/firstByteTimeout``.
    /// - Throws: ``HTTPError``, from here or from the body's iteration.
    public func stream(
        _ request: Request, timeout: Duration = .seconds(30), firstByteTimeout: Duration? = nil
    ) async throws(HTTPError) -> StreamedResponse {
        let pipe = BodyPipe(readAhead: configuration.readAheadBytes)
        let head = try await run(request, timeout, pipe, firstByteTimeout)
        return StreamedResponse(head: head, body: HTTPBody(pipe))
    }

    private func run(
        _ request: Request, _ timeout: Duration, _ delivery: any BodyDelivery, _ firstByteTimeout: Duration? = nil
    ) async throws(HTTPError) -> Head {
        var configuration = configuration
        if let firstByteTimeout { configuration.firstByteTimeout = firstByteTimeout }
        let deadline = EventLoop.now + timeout
        let target = try RequestTarget(request.url)
        let addresses: [String]
        // Who wants a head soon does not wait for a name for as long as for a whole body.
        let addressesBy = min(deadline, EventLoop.now + (configuration.firstByteTimeout ?? timeout))
        switch await NameWait.addresses(of: target.host, from: resolver, by: addressesBy, on: loop) {
        case .answered(.success(let known)): addresses = known
        case .answered(.failure(let error)): throw HTTPError(.unresolved, target.description, "\(error.code.rawValue)")
        case .timedOut: throw HTTPError(.timedOut, target.description, "no address in time")
        case .cancelled: throw HTTPError(.cancelled, target.description)
        }
        let transfer = Transfer(request, target, addresses, deadline: deadline, configuration, delivery)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isQueued = onLoop { transfer.start(on: $0, continuation) }
                if !isQueued { continuation.resume(returning: Result<Head, HTTPError>.failure(HTTPError(.cancelled, target.description, "the loop ends"))) }
            }
        } onCancel: {
            loop.post { transfer.cancel() }
        }
        return try result.get()
    }

    /// At once when the caller is there already.
    private func onLoop(_ work: @escaping @Sendable (EventLoop) -> Void) -> Bool {
        if loop.isOnLoop {
            work(loop)
            return true
        }
        return loop.post { [loop] in work(loop) }
    }
}
