import Foundation

/// How one socket of a crowd behaves: what it sends in each of its steps, and whether it reads.
enum CrowdManner: String, CaseIterable, Sendable {
    // Bad manners.
    case silent, dripsHead, halfFrame, deafCaller, deafEventReader, garbage, garbageAfterUpgrade, hugeMessage, binaryChat, floods, resets, leavesInTurn
    // Good ones.
    case idles, chats

    static let bad = allCases.filter { $0.isBad }
    var isBad: Bool { self != .idles && self != .chats }
    /// Whether it takes what it is sent.
    var reads: Bool { self != .deafCaller && self != .deafEventReader }
    /// Those that the gateway must get rid of: by a deadline, or because of what they sent.
    var mustBeClosed: Bool { [.silent, .dripsHead, .deafCaller, .deafEventReader, .garbage, .garbageAfterUpgrade, .hugeMessage].contains(self) }

    enum Step {
        /// Bytes to send, then milliseconds to the next step.
        case send([UInt8], pause: Int)
        /// Sends and asks: an answer is counted.
        case ask([UInt8], pause: Int)
        case rest(Int)
        /// Closes, politely or with a reset.
        case close(reset: Bool)
    }

    /// - Parameter number: of the step since connecting, from 0.
    func step(_ number: Int) -> Step {
        switch (self, number) {
        case (.silent, _): .rest(1_000)
        case (.dripsHead, _): .send([Self.chat[min(number, Self.chat.count - 3)]], pause: 100)
        case (.garbage, _): .send(Self.noise, pause: 1_000)
        case (.deafEventReader, 0): .send(Self.events, pause: 1_000)
        // The gateway leaves it unread; a connection that is gone answers it with a reset.
        case (.deafEventReader, _): .send(Self.newline, pause: 1_000)
        case (.deafCaller, 0): .send(Self.media, pause: 100)
        case (.deafCaller, 1): .send(Self.callStart, pause: 100)
        case (.deafCaller, _): .send(Self.callFrames, pause: 100)
        // All that are left begin as a chat.
        case (.idles, 0), (.chats, 0): .send(Self.chat, pause: 300)
        case (_, 0): .send(Self.chat, pause: 2_500)
        case (.halfFrame, 1): .send(Self.hello.dropLast(7), pause: 1_000)
        case (.halfFrame, _): .rest(1_000)
        case (.garbageAfterUpgrade, _): .send(Self.noise, pause: 1_000)
        case (.hugeMessage, 1): .send([0x81, 0xFF, 0, 0, 0, 0, 0x00, 0x98, 0x96, 0x80, 1, 2, 3, 4], pause: 0)
        case (.hugeMessage, _): .send(Self.bulk, pause: 20)
        case (.binaryChat, _): .send(Self.binary, pause: 500)
        case (.floods, _): .send(Self.flood, pause: 1_000)
        case (.resets, _): .close(reset: true)
        case (.leavesInTurn, 1): .send(Self.hello + Self.question, pause: 0)
        case (.leavesInTurn, _): .close(reset: false)
        case (_, 1): .send(Self.hello, pause: 700)
        case (.idles, _): .rest(5_000)
        case (.chats, _): .ask(Self.question, pause: 4_000)
        }
    }

    private static func upgrade(_ path: String) -> [UInt8] {
        Array(
            "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                .utf8)
    }
    private static func text(_ text: String) -> [UInt8] { RawSocket.frame(Array(text.utf8)) }

    private static let chat = upgrade("/chat"), media = upgrade("/twilio/media")
    private static let events = Array("GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
    private static let newline: [UInt8] = [0x0D, 0x0A]
    private static let hello = text(#"{"type":"hello"}"#), question = text(#"{"type":"message","text":"how much data is left"}"#)
    private static let binary = RawSocket.frame([0, 1, 2, 255], opcode: 2)
    private static let callStart = text(HostileClientTests.start)
    /// Twice as fast as speech, so that what is not read piles up in two seconds.
    private static let callFrames = Array(repeatElement(text(HostileClientTests.media), count: 10).joined())
    private static let flood = Array(repeatElement(text(#"{"type":"message","text":"  "}"#), count: 40).joined())
    private static let bulk = [UInt8](repeating: 0x61, count: 65_536)
    private static let noise = (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 3) | 0x80 }
}
