import EventLoop
import Synchronization
import TextChannel
import WebSocketTransport

/// Server-sent events on one HTTP answer (WHATWG HTML, 9.2): started with the first event, so that an error can still be one.
final class EventStream: ChatDevice {
    private struct State {
        var body: HTTPBodyStream?
        var isOver = false
    }
    private let responder: HTTPResponder
    private let state = Mutex(State())
    private let closed: @Sendable () -> Void

    static let headers: HTTPHeaders = ["Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"]

    /// - Parameter closed: called once when the client has gone or the stream was ended.
    init(_ responder: HTTPResponder, closed: @escaping @Sendable () -> Void = {}) { (self.responder, self.closed) = (responder, closed) }

    /// - Returns: false once the client is gone.
    @discardableResult func send(event: String, data: String, id: String? = nil) -> Bool {
        write("\(id.map { "id: \($0)\n" } ?? "")event: \(event)\ndata: \(data)\n\n")
    }

    /// A comment, which every client passes over: it finds out who is gone, and keeps proxies from closing.
    @discardableResult func beat() -> Bool { write(": still here\n\n") }

    func deliver(_ event: ChatEvent) { send(event: event.type, data: event.json) }

    /// Whether an event has been sent: from then on the answer is a stream.
    var hasBegun: Bool { state.withLock { $0.body != nil } }

    func end() {
        let body = state.withLock { state in
            state.isOver = true
            defer { state.body = nil }
            return state.body
        }
        body?.end()
    }

    private func write(_ text: String) -> Bool {
        let body = state.withLock { state -> HTTPBodyStream? in
            guard !state.isOver else { return nil }
            if state.body == nil { state.body = responder.stream(headers: Self.headers, closed: closed) }
            return state.body
        }
        return body?.write(text) ?? false
    }
}
