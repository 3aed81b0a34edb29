import EventLoop
import Foundation
import Logging
import Orchestrator
import Persistence
import Telemetry
import TextChannel
import WebSocketTransport
import WireJSON

/// `/v1/…`: conversations, calls, switches and events over HTTP (DESIGN §6; `openapi.yaml` has every field).
final class API: Sendable {
    let sessions: ChatSessions
    let conversations: SQLiteConversationStore
    let calls: CallStore
    let handoffs: HandoffDesk
    let events: EventBus
    let switches: Switches
    let overload: OverloadGuard
    let metrics: GatewayMetrics
    let greeting: String

    init(
        sessions: ChatSessions, conversations: SQLiteConversationStore, calls: CallStore, handoffs: HandoffDesk, events: EventBus,
        switches: Switches, overload: OverloadGuard, metrics: GatewayMetrics, greeting: String
    ) {
        (self.sessions, self.conversations, self.calls, self.handoffs) = (sessions, conversations, calls, handoffs)
        (self.events, self.switches, self.overload, self.metrics, self.greeting) = (events, switches, overload, metrics, greeting)
    }

    /// Who may ask for this.
    static func visitor(of request: HTTPRequest) -> Door.Visitor {
        request.path.hasPrefix("/v1/switches/") && request.method != "GET" ? .administrator : .client
    }

    /// Answers in a task of its own: the loop waits for nothing.
    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let path = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).map(String.init)
        Task {
            do throws(APIError) {
                try await route(path, request, responder)
            } catch {
                metrics.refused("api_\(error.code)")
                responder.respond(error.reply)
            }
        }
    }

    /// What is served below `/v1`: each path, `{}` for an id or a name, with its methods. `openapi.yaml` says the same, which a test compares.
    static let routes: [[String]: [String: Operation]] = [
        ["sessions"]: ["POST": openSession],
        ["sessions", "{}"]: ["GET": readSession, "DELETE": endSession],
        ["sessions", "{}", "messages"]: ["POST": takeMessage],
        ["sessions", "{}", "feedback"]: ["POST": takeFeedback],
        ["sessions", "{}", "handoff"]: ["POST": handOff],
        ["calls"]: ["GET": listCalls],
        ["calls", "{}"]: ["GET": readCall],
        ["events"]: ["GET": streamEvents],
        ["switches"]: ["GET": listSwitches],
        ["switches", "{}"]: ["GET": readSwitch, "PUT": turnSwitch],
    ]

    typealias Operation = @Sendable (API) -> Handler
    typealias Handler = (APIRequest, HTTPResponder) async throws(APIError) -> Void

    private func route(_ path: [String], _ request: HTTPRequest, _ responder: HTTPResponder) async throws(APIError) {
        let pattern = path.enumerated().map { $0.offset == 1 ? "{}" : $0.element }
        guard let operations = Self.routes[pattern] else { throw .notFound }
        guard let operation = operations[request.method] else { throw .methodNotAllowed(operations.keys.sorted().joined(separator: ", ")) }
        try await operation(self)(APIRequest(request), responder)
    }
}

/// A request with its path taken apart.
struct APIRequest {
    let http: HTTPRequest
    /// The second part of the path behind `/v1`; empty when there is none.
    let id: String

    init(_ http: HTTPRequest) {
        self.http = http
        let parts = http.path.split(separator: "/", omittingEmptySubsequences: false)
        id = parts.count > 3 ? String(parts[3]) : ""
    }

    /// The body as a JSON object; an empty body is an empty object.
    func fields() throws(APIError) -> JSONFields {
        do {
            guard !http.body.isEmpty else { return try JSONFields(.object([])) }
            return try JSONFields(try json())
        } catch let error as JSONFieldError {
            throw APIError(ChatError(error))
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError(400, "bad_request", "\(error)")
        }
    }

    func json() throws(APIError) -> BoundedJSON {
        do { return try BoundedJSON(http.body.span) } catch {
            throw APIError(400, "bad_request", "the body is not JSON: expected \(error.expected) at byte \(error.offset)")
        }
    }

    /// Reads the body's fields; what is wrong with one is the client's to know.
    func read<Value>(_ body: (JSONFields) throws(JSONFieldError) -> Value) throws(APIError) -> Value {
        let fields = try fields()
        do { return try body(fields) } catch { throw APIError(ChatError(error)) }
    }

    /// One value of the query, resolved; `nil` when there is none.
    func query(_ name: String) throws(APIError) -> String? {
        guard let query = http.query else { return nil }
        let form: FormParameters
        do { form = try FormParameters(parsing: Array(query.utf8).span) } catch { throw APIError(400, "bad_request", "the query: \(error.rawValue)") }
        let values = form.parameters.filter { $0.name == name }
        // To take either of two values, or neither, would answer another question than was asked.
        guard values.count <= 1 else { throw APIError(400, "bad_request", "\(name): came \(values.count) times") }
        return values.first?.value
    }

    func number(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws(APIError) -> Int {
        guard let text = try query(name) else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw APIError(400, "bad_request", "\(name): expected a whole number in \(range.lowerBound)...\(range.upperBound)")
        }
        return number
    }
}
