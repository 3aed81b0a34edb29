import EventLoop
import Foundation
import TextChannel
import WebSocketTransport
import WireJSON

/// `WS /ws`: one socket for all. Its first message decides whether it is a carrier's stream, a browser's audio or a chat (DESIGN §6).
///
/// Confined to the loop. Afterwards every message goes to whoever took over; on a carrier's stream a JSON `message` is a typed turn.
final class FirstMessageSocket: WebSocketHandler {
    enum Kind { case carrier, audio, chat }
    /// Makes the handler of a kind, or says why it may not be.
    typealias Choose = (Kind) -> Result<any WebSocketHandler, Refusal>
    struct Refusal: Error {
        var code: Int
        var reason: String
    }

    private let choose: Choose
    private var connection: WebSocketConnection?
    private var chosen: (any WebSocketHandler)?
    private var isRefused = false
    private var idle: Duration?

    /// A client that wants nothing is none.
    private static let firstMessageWithin = Duration.seconds(30)

    init(choose: @escaping Choose) { self.choose = choose }

    func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        idle = connection.idle
        connection.idle = Self.firstMessageWithin
    }

    func receivedText(_ message: RawSpan) {
        guard !isRefused else { return }
        if let chosen {
            if let stream = chosen as? TwilioMediaSession, let typed = Self.typed(in: message) {
                return stream.typed(typed)
            }
            return chosen.receivedText(message)
        }
        take(Self.kind(of: message))?.receivedText(message)
    }

    func receivedBinary(_ message: RawSpan) {
        guard !isRefused else { return }
        if let chosen { return chosen.receivedBinary(message) }
        connection?.close(1003, reason: "say first what this is: a text message")
        isRefused = true
    }

    func closed(_ closure: WebSocketClosure) {
        chosen?.closed(closure)
        chosen = nil
        connection = nil
    }

    private func take(_ kind: Kind) -> (any WebSocketHandler)? {
        guard let connection else { return nil }
        switch choose(kind) {
        case .success(let handler):
            chosen = handler
            connection.idle = idle
            handler.opened(connection)
            return handler
        case .failure(let refusal):
            isRefused = true
            connection.close(refusal.code, reason: refusal.reason)
            return nil
        }
    }

    /// `event` is Twilio's, `start` is audio, everything else is something to say.
    private static func kind(of message: RawSpan) -> Kind {
        guard let json = parse(message) else { return .chat }
        if case .string = json["event"] { return .carrier }
        if json["type"] == .string("start") { return .audio }
        return .chat
    }

    /// A typed turn. Most messages of a stream are media: they are told apart by their first bytes.
    private static func typed(in message: RawSpan) -> ChatRequest.Message? {
        let isEvent = unsafe message.withUnsafeBytes { bytes in unsafe bytes.count > 3 && bytes[2] == UInt8(ascii: "e") }
        guard !isEvent, let json = parse(message), json["type"] == .string("message"), let text = json["text"]?.text,
            text.utf8.count <= AudioMessage.maximumText
        else { return nil }
        let names = [json["id"]?.text, json["trace_id"]?.text].map { name in
            name.flatMap { (1...ChatRequest.longestID).contains($0.utf8.count) ? $0 : nil }
        }
        return ChatRequest.Message(text, id: names[0], traceID: names[1])
    }

    private static func parse(_ message: RawSpan) -> BoundedJSON? {
        unsafe message.withUnsafeBytes { bytes in try? BoundedJSON(unsafe Span(_unsafeBytes: bytes)) }
    }
}
