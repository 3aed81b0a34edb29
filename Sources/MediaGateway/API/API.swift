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

    private func route(_ path: [String], _ request: HTTPRequest, _ responder: HTTPResponder) async throws(APIError) {
        switch (path.count, path.first, path.dropFirst(2).first) {
        case (1, "sessions", nil): try await only(["POST": openSession], request, responder)
        case (2, "sessions", nil): try await only(["GET": readSession, "DELETE": endSession], request, responder)
        case (3, "sessions", "messages"): try await only(["POST": takeMessage], request, responder)
        case (3, "sessions", "feedback"): try await only(["POST": takeFeedback], request, responder)
        case (3, "sessions", "handoff"): try await only(["POST": handOff], request, responder)
        case (1, "calls", nil): try await only(["GET": listCalls], request, responder)
        case (2, "calls", nil): try await only(["GET": readCall], request, responder)
        case (1, "events", nil): try await only(["GET": streamEvents], request, responder)
        case (1, "switches", nil): try await only(["GET": listSwitches], request, responder)
        case (2, "switches", nil): try await only(["GET": readSwitch, "PUT": turnSwitch], request, responder)
        default: throw .notFound
        }
    }

    typealias Handler = (APIRequest, HTTPResponder) async throws(APIError) -> Void

    private func only(_ handlers: [String: Handler], _ request: HTTPRequest, _ responder: HTTPResponder) async throws(APIError) {
        guard let handler = handlers[request.method] else { throw .methodNotAllowed(handlers.keys.sorted().joined(separator: ", ")) }
        try await handler(APIRequest(request), responder)
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

    /// One value of the query, resolved.
    func query(_ name: String) -> String? {
        guard let query = http.query, let form = try? FormParameters(parsing: Array(query.utf8).span) else { return nil }
        return form.single(name)
    }

    func number(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws(APIError) -> Int {
        guard let text = query(name) else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw APIError(400, "bad_request", "\(name): expected a whole number in \(range.lowerBound)...\(range.upperBound)")
        }
        return number
    }
}
