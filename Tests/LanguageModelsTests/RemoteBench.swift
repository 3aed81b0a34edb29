import Foundation
import GatewayTesting
import LanguageModels
import Orchestrator

extension ModelBench {
    static func runRemote(_ body: (ModelBench) async throws -> Void) async throws {
        try await run({ try await RemoteAgentServer.start(on: $0) }, body)
    }

    var turnURL: String { server.base + RemoteAgentServer.path }

    func remote(
        url: String? = nil, betweenEvents: Duration = .seconds(5), total: Duration = .seconds(60)
    ) -> RemoteAgentClient {
        var endpoint = RemoteAgentClient.Endpoint(url: url ?? turnURL, key: Self.key)
        (endpoint.betweenEvents, endpoint.total) = (betweenEvents, total)
        endpoint.wallClock = { Self.wallTime }
        return RemoteAgentClient(endpoint, http: http)
    }
}

/// All of a remote agent's answer.
struct RemoteHeard: Sendable {
    var events: [RemoteEvent] = []
    var error: ModelError?
    var text: String { events.reduce("") { if case .text(let text) = $1 { $0 + text } else { $0 } } }

    init(_ agent: any RemoteAgent, _ turn: RemoteTurn = .hello, within: Duration = .seconds(10)) async {
        do {
            for try await event in try await agent.respond(to: turn, within: within) { events.append(event) }
        } catch { self.error = error as? ModelError }
    }
}

extension RemoteTurn {
    static let hello = RemoteTurn(session: "s-1", generation: 3, channel: .chat, agent: "desk", text: "Hello?")
}
