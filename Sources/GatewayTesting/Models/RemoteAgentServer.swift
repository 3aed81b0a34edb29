public import EventLoop
import Foundation
import WebSocketTransport

/// A local remote agent: a ``ModelServer`` with all its faults, whose scripts' pieces are events as they stand on the wire.
public enum RemoteAgentServer {
    /// Where it takes turns, and answers `GET` by its script as well.
    public static let path = "/turn"

    /// Until scripts are played it greets.
    public static func start(on group: EventLoopGroup) async throws -> ModelServer {
        let server = try await ModelServer.start(on: group) { $0.path == path ? RemoteAgentWire() : nil }
        server.play(script())
        return server
    }

    /// - Parameter events: `nil` for a greeting in two pieces.
    public static func script(_ behaviour: ModelScript.Behaviour = .answer, _ events: [String]? = nil, delay: Duration = .zero) -> ModelScript {
        ModelScript(behaviour, pieces: events ?? [text("Hello, "), text("caller.")], pieceDelay: delay)
    }

    public static func event(_ name: String, _ json: String) -> String { "event: \(name)\ndata: \(json)\n\n" }

    public static func text(_ text: String) -> String {
        event("text", "{\"text\":\((try? String(decoding: JSONEncoder().encode(text), as: UTF8.self)) ?? "\"\"")}")
    }
}

struct RemoteAgentWire: AnswerWire {
    var contentType: String { "text/event-stream; charset=utf-8" }
    func opening(_ tokens: (input: Int, cached: Int, output: Int)) -> String { ": hello\n\n" }
    func piece(_ text: String) -> String { text }
    func ending(_ reason: EndReason, _ tokens: (input: Int, cached: Int, output: Int)) -> String { RemoteAgentServer.event("done", "{}") }
    func error(_ body: String) -> String { RemoteAgentServer.event("error", body) }
}
