public import Foundation
public import HTTPTransport
public import Orchestrator

/// An operator's own agent behind one URL: `POST` puts a turn to it, `GET` asks whether it is there.
///
/// It answers with server-sent events, as they are said, or with one JSON document (``RemoteAnswer``). `Idempotency-Key: SESSION/GENERATION`
/// names the turn, should the network bring it twice; it is never sent twice from here.
public struct RemoteAgentClient: RemoteAgent, Probed {
    /// Where the agent is, and how long it may take.
    public struct Endpoint: Sendable {
        public var name = "agent.remote"
        /// `http` or `https`.
        public var url: String
        /// Goes with each request as a bearer token.
        public var key: APIKey?
        /// From one event to the next while somebody waits for it.
        public var betweenEvents = Duration.seconds(5)
        /// For a whole answer.
        public var total = Duration.seconds(60)
        /// The wall clock that dates in answers are held against.
        public var wallClock: @Sendable () -> Date = { Date() }
        public init(url: String, key: APIKey? = nil) { (self.url, self.key) = (url, key) }
    }
    private let endpoint: Endpoint
    private let service: ServiceCall

    /// - Parameter clock: for the waits between events; those for connection, head and the whole are the client's.
    public init<C: Clock>(_ endpoint: Endpoint, http: HTTPClient, clock: C = ContinuousClock()) where C.Duration == Duration {
        self.endpoint = endpoint
        service = ServiceCall(name: endpoint.name, http: http, clock: .counting(clock), wallClock: endpoint.wallClock)
    }

    public var name: String { endpoint.name }

    public func respond(to turn: RemoteTurn, within: Duration) async throws(ModelError) -> AsyncThrowingStream<RemoteEvent, any Error> {
        let firstBy = service.clock.elapsed() + within
        let request = HTTPClient.Request(
            method: "POST", url: endpoint.url,
            headers: headers + [("Content-Type", "application/json"), ("Idempotency-Key", Self.key(of: turn))],
            body: ModelCall.json(RemoteRequest(turn, within: within)))
        let (response, requestID) = try await service.stream(request, timeout: endpoint.total, head: min(within, endpoint.total))
        let fail: @Sendable (WireFault) -> ModelError = { [name] in ModelError($0, engine: name, status: 200, requestID: requestID) }
        let answer: RemoteAnswer
        do throws(WireFault) { answer = try RemoteAnswer(contentType: response.head["content-type"]) } catch { throw fail(error) }
        let reader = RemoteReader(answer, response.body, service.clock, firstBy: firstBy, betweenEvents: endpoint.betweenEvents, fail: fail)
        // Nothing is read that nobody asked for: a slow consumer holds the service up, and fills no buffer.
        return AsyncThrowingStream { try await reader.pull() }
    }

    /// Any status below 500 says that it is there: it need not know `GET`.
    public func probe(within: Duration) async throws(ModelError) {
        try await service.probe(HTTPClient.Request(url: endpoint.url, headers: headers), within: within)
    }

    private var headers: [(String, String)] {
        [("Accept", "text/event-stream")] + (endpoint.key.map { [("Authorization", "Bearer \($0.value)")] } ?? [])
    }

    /// Of what a header field can carry: names of sessions may come from outside.
    private static func key(of turn: RemoteTurn) -> String {
        let session = turn.session.utf8.prefix(200).map { (0x21...0x7E).contains($0) ? String(UnicodeScalar($0)) : "_" }.joined()
        return "\(session)/\(turn.generation)"
    }
}
