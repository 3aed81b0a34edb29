import Foundation
import HTTPTransport
import Orchestrator
import WireJSON

/// Sends a dialect's request and hands its answer out: what all of them have in common.
struct ModelCall: Sendable {
    let endpoint: ModelEndpoint
    let http: HTTPClient
    let clock: TurnClock

    /// For the body of an error.
    private static let errorBodyTime = Duration.seconds(1)

    func answer<Dialect: AnswerDialect>(
        _ prompt: ModelPrompt, _ dialect: Dialect, path: String, headers: [(String, String)], body: some Encodable, within: Duration
    ) async throws(ModelError) -> ModelAnswer {
        let start = clock.elapsed()
        let firstText = min(endpoint.firstText, prompt.firstTextWithin ?? within)
        let response: HTTPClient.StreamedResponse
        do throws(HTTPError) {
            response = try await http.stream(
                request("POST", path, headers, Self.json(body)), timeout: within, firstByteTimeout: min(firstText, within))
        } catch { throw failure(error) }
        let requestID = Self.requestID(response.head)
        guard response.status == 200 else { throw await failure(response, requestID) }
        let meter = UsageMeter(prompt)
        let name = endpoint.name
        let reader = AnswerReader(
            dialect, response.body, meter, clock, firstTextBy: start + firstText, betweenPieces: endpoint.betweenPieces
        ) { fault in ModelError(fault, engine: name, status: 200, requestID: requestID) }
        return ModelAnswer(meter: meter) { () async throws(ModelError) in try await reader.pull() }
    }

    /// Whatever is answered, the connection is open afterwards.
    func warmUp(
        _ method: String = "GET", path: String, headers: [(String, String)], body: [UInt8] = [], within: Duration = .seconds(10)
    ) async {
        _ = try? await http.send(request(method, path, headers, body), timeout: within)
    }

    private func request(_ method: String, _ path: String, _ headers: [(String, String)], _ body: [UInt8]) -> HTTPClient.Request {
        HTTPClient.Request(
            method: method, url: endpoint.base + path, headers: headers + endpoint.headers + (body.isEmpty ? [] : [("Content-Type", "application/json")]),
            body: body)
    }

    static func json(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text, numbers and lists of them: nothing that cannot be written.
        return (try? Array(encoder.encode(value))) ?? []
    }

    // MARK: No answer

    private func failure(_ response: HTTPClient.StreamedResponse, _ requestID: String?) async -> ModelError {
        let watch = StallWatch(clock, step: Self.errorBodyTime)
        let body = response.body
        watch.wait(until: clock.elapsed() + Self.errorBodyTime)
        watch.start { body.cancel() }
        defer { watch.stop() }
        var bytes: [UInt8] = []
        var isCancelled = false
        do throws(HTTPError) {
            for try await piece in body where bytes.count <= BodyFraming.maximumBytes { bytes += piece }
        } catch { isCancelled = error.code == .cancelled && !watch.hasFired }
        if isCancelled { return ModelError(.cancelled, engine: endpoint.name, status: response.status, requestID: requestID) }
        let error = (try? BoundedJSON(message: bytes)).flatMap(ProviderError.init)
        let fault = ProviderError.fault(status: response.status, error, RetryAdvice(response.head.headers, now: endpoint.wallClock()))
        return ModelError(fault, engine: endpoint.name, status: response.status, requestID: requestID ?? Self.bounded(error?.requestID))
    }

    private func failure(_ error: HTTPError) -> ModelError {
        let code: ModelError.Code =
            switch error.code {
            case .unresolved, .connectFailed, .tlsFailed, .broken, .overloaded: .unavailable
            case .timedOut: .timedOut
            case .cancelled: .cancelled
            case .invalidURL: .rejected
            case .tooLarge: .malformed
            }
        return ModelError(code, engine: endpoint.name, isRetryable: error.code == .tlsFailed ? false : nil, "\(error)")
    }

    private static func requestID(_ head: HTTPClient.Head) -> String? { bounded(head["x-request-id"] ?? head["request-id"]) }

    /// A provider's word that goes into our logs.
    private static func bounded(_ text: String?) -> String? {
        guard let text, (1...128).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return text
    }
}

extension ModelError {
    init(_ fault: WireFault, engine: String, status: Int, requestID: String?) {
        self.init(
            fault.code, engine: engine, status: status, requestID: requestID, retryAfter: fault.retryAfter, isRetryable: fault.isRetryable, fault.detail)
    }
}
