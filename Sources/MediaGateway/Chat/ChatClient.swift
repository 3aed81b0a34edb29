import EventLoop
import Foundation
import Synchronization
public import TextChannel
public import WebSocketTransport

/// A chat client over the wire: what the shell and the benches talk through.
public final class ChatClient: WebSocketHandler, Sendable {
    private let line = Mutex<WebSocketConnection?>(nil)
    private let heard: @Sendable (ChatEvent) -> Void
    private let ended: @Sendable (WebSocketClosure) -> Void

    /// - Parameters:
    ///   - heard: each event, on the loop.
    ///   - ended: once.
    public init(heard: @escaping @Sendable (ChatEvent) -> Void, ended: @escaping @Sendable (WebSocketClosure) -> Void = { _ in }) {
        (self.heard, self.ended) = (heard, ended)
    }

    public func opened(_ connection: WebSocketConnection) {
        connection.idle = nil
        line.withLock { $0 = connection }
    }

    public func receivedText(_ message: RawSpan) {
        let event = unsafe message.withUnsafeBytes { bytes in try? ChatEvent(parsing: unsafe Span(_unsafeBytes: bytes)) }
        if let event = event ?? nil { heard(event) }
    }

    public func closed(_ closure: WebSocketClosure) {
        line.withLock { $0 = nil }
        ended(closure)
    }

    /// From any thread; nothing happens once the connection is closed.
    public func send(_ object: [String: String]) { send(JSONLine.text(object)) }

    public func send(_ text: String) {
        guard let connection = line.withLock({ $0 }) else { return }
        connection.loop.post { connection.sendControl(text) }
    }

    public func close() {
        guard let connection = line.withLock({ $0 }) else { return }
        connection.loop.post { connection.close() }
    }
}
