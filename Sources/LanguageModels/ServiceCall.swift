import Foundation
import HTTPTransport
import Orchestrator
import WireJSON

/// Sends a request to a service and judges its reply's head: what models and remote agents have in common.
struct ServiceCall: Sendable {
    /// Of the engine, in errors.
    let name: String
    let http: HTTPClient
    let clock: TurnClock
    /// The wall clock that dates in answers are held against.
    let wallClock: @Sendable () -> Date

    /// For the body of an error.
    private static let errorBodyTime = Duration.seconds(1)

    /// - Parameters:
    ///   - timeout: for all of it, to the body's end.
    ///   - head: from sending to the reply's head.
    /// - Returns: a reply with status 200, and what the service calls the request.
    /// - Throws: ``ModelError``; of any other status, what it says.
    func stream(
        _ request: HTTPClient.Request, timeout: Duration, head: Duration
    ) async throws(ModelError) -> (response: HTTPClient.StreamedResponse, requestID: String?) {
        let response = try await reply(request, timeout: timeout, head: head)
        guard response.status == 200 else { throw await failure(response) }
        return (response, Self.requestID(response.head))
    }

    /// Whether anybody is there: any status below 500 will do, and its body is not waited for.
    /// - Throws: ``ModelError``.
    func probe(_ request: HTTPClient.Request, within: Duration) async throws(ModelError) {
        let response = try await reply(request, timeout: within, head: within)
        guard response.status < 500 else { throw await failure(response) }
    }

    private func reply(_ request: HTTPClient.Request, timeout: Duration, head: Duration) async throws(ModelError) -> HTTPClient.StreamedResponse {
        do throws(HTTPError) { return try await http.stream(request, timeout: timeout, firstByteTimeout: head) } catch { throw failure(error) }
    }

    // MARK: No answer

    private func failure(_ response: HTTPClient.StreamedResponse) async -> ModelError {
        let requestID = Self.requestID(response.head)
        let body = WatchedBody(response.body, clock, step: Self.errorBodyTime)
        let deadline = clock.elapsed() + Self.errorBodyTime
        var bytes: [UInt8] = []
        do throws(WireFault) {
            while bytes.count <= BodyFraming.maximumBytes, let piece = try await body.next(by: deadline) { bytes += piece }
        } catch {
            if error.code == .cancelled { return ModelError(.cancelled, engine: name, status: response.status, requestID: requestID) }
        }
        let error = (try? BoundedJSON(message: bytes)).flatMap(ProviderError.init)
        let fault = ProviderError.fault(status: response.status, error, RetryAdvice(response.head.headers, now: wallClock()))
        return ModelError(fault, engine: name, status: response.status, requestID: requestID ?? Self.bounded(error?.requestID))
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
        return ModelError(code, engine: name, isRetryable: error.code == .tlsFailed ? false : nil, "\(error)")
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
