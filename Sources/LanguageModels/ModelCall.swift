import Foundation
import HTTPTransport
import Orchestrator
import WireJSON

/// Sends a dialect's request and hands its answer out: what all of them have in common.
struct ModelCall: Sendable {
    let endpoint: ModelEndpoint
    let http: HTTPClient
    let clock: TurnClock

    func answer<Dialect: AnswerDialect>(
        _ prompt: ModelPrompt, _ dialect: Dialect, path: String, headers: [(String, String)], body: some Encodable, within: Duration
    ) async throws(ModelError) -> ModelAnswer {
        let start = clock.elapsed()
        let firstText = min(endpoint.firstText, prompt.firstTextWithin ?? within)
        let service = ServiceCall(name: endpoint.name, http: http, clock: clock, wallClock: endpoint.wallClock)
        let (response, requestID) = try await service.stream(
            request("POST", path, headers, Self.json(body)), timeout: within, head: min(firstText, within))
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
}
