import EventLoop
import Foundation
import GatewayTesting
import HTTPTransport
import MediaGateway
import Orchestrator
import Synchronization
import TextChannel
import WebSocketTransport
import WireJSON

/// A client of the gateway's text side: requests, and a chat socket whose events a test waits for.
struct Client: Sendable {
    let gateway: GatewayProcess
    let loop: EventLoop
    let resolver: Resolver
    let http: HTTPClient

    init(_ gateway: GatewayProcess) throws {
        self.gateway = gateway
        loop = try EventLoop(name: "test-client")
        resolver = try Resolver()
        http = HTTPClient(loop: loop, resolver: resolver)
    }

    func end() async {
        await loop.stop()
        resolver.stop()
    }

    struct Answer {
        var status: Int
        var json: BoundedJSON
        var text: String
        var headers: HTTPClient.Head
        subscript(_ path: String...) -> String? {
            var value: BoundedJSON? = json
            for key in path { value = value?[key] }
            return switch value {
            case .string(let text), .number(let text): text
            case .bool(let flag): "\(flag)"
            default: nil
            }
        }
    }

    func request(
        _ method: String, _ path: String, _ body: String = "", headers: [(String, String)] = []
    ) async throws -> Answer {
        let request = HTTPClient.Request(method: method, url: "http://127.0.0.1:\(gateway.port)\(path)", headers: headers, body: Array(body.utf8))
        let response = try await http.send(request, timeout: .seconds(10))
        return Answer(
            status: response.status, json: (try? BoundedJSON(response.body.span)) ?? .null, text: String(decoding: response.body, as: UTF8.self),
            headers: response.head)
    }

    /// A chat socket that is open.
    func chat(path: String = "/chat", headers: HTTPHeaders = [:]) async throws -> ChatLine {
        let line = ChatLine()
        let client = ChatClient {
            line.heard($0)
        } ended: {
            line.ended($0)
        }
        line.client.withLock { $0 = client }
        let target = WebSocketClient.Target(host: "127.0.0.1", port: UInt16(gateway.port), path: path)
        _ = try await WebSocketClient(resolver: resolver).connect(to: target, headers: headers, on: loop) { client }
        return line
    }
}

/// One chat socket of a test.
final class ChatLine: Sendable {
    let client = Mutex<ChatClient?>(nil)
    private let state = Mutex<(events: [ChatEvent], read: Int, closure: WebSocketClosure?)>(([], 0, nil))

    func heard(_ event: ChatEvent) { state.withLock { $0.events.append(event) } }
    func ended(_ closure: WebSocketClosure) { state.withLock { $0.closure = closure } }
    func send(_ text: String) { client.withLock { $0 }?.send(text) }
    func close() { client.withLock { $0 }?.close() }

    /// The next unread event that fits; nil when none came in time.
    func next<Found: Sendable>(within limit: Duration = .seconds(10), _ find: @Sendable @escaping (ChatEvent) -> Found?) async -> Found? {
        let found = Mutex<Found?>(nil)
        _ = await eventually(within: limit) {
            self.state.withLock { state in
                while state.read < state.events.count {
                    state.read += 1
                    if let value = find(state.events[state.read - 1]) {
                        found.withLock { $0 = value }
                        return true
                    }
                }
                return false
            }
        }
        return found.withLock { $0 }
    }

    func session() async -> ChatEvent.Session? { await next { if case .session(let session) = $0 { session } else { nil } } }
    func error() async -> ChatError? { await next { if case .error(let error) = $0 { error } else { nil } } }
    func answer() async -> ChatEvent.Message? {
        await next { if case .message(let message) = $0, message.role == .assistant { message } else { nil } }
    }
    func say(_ text: String) async -> ChatEvent.Message? {
        send(text)
        return await answer()
    }
    func closed(within limit: Duration = .seconds(10)) async -> WebSocketClosure? {
        _ = await eventually(within: limit) { self.state.withLock { $0.closure != nil } }
        return state.withLock { $0.closure }
    }
}
