import AudioCodec
public import EventLoop
import Foundation
public import WebSocketTransport

/// A caller for measuring the media path: sends a frame every 20 ms by one start instant to a gateway in loopback, and times each
/// frame's return. Its own cost is kept small, so that many fit beside the gateway on one machine.
///
/// Confined to its loop.
public final class EchoCaller: WebSocketHandler, LoopTicking, @unchecked Sendable {
    /// What came of one call.
    public struct Result: Sendable {
        public var sent = 0, returned = 0
        /// From sending to return, in the order of return.
        public var delays: [Duration] = []
        /// Frames that this side sent more than 5 ms late: its own fault, not the gateway's.
        public var sentLate = 0
        public var ending = ""
    }
    private let frames: Int
    private let loop: EventLoop
    private let finished: @Sendable (Result) -> Void
    private var connection: WebSocketConnection?
    private var message: OutboundBuffer
    private var startedAt = Duration.zero
    private var sentAt: [Duration] = []
    private var result = Result()
    private var isFinished = false
    private let start: String
    /// What binary frames carry, one after the other, again and again; empty for a carrier whose frames are text.
    private let packets: [[UInt8]]

    /// - Parameters:
    ///   - frames: to send.
    ///   - audio: 160 samples that every frame carries.
    public init(frames: Int, audio: [Int16], loop: EventLoop, finished: @escaping @Sendable (Result) -> Void) {
        (self.frames, self.loop, self.finished, packets) = (frames, loop, finished, [])
        let callSid = CallPlacement.identifier("CA"), streamSid = CallPlacement.identifier("MZ")
        start =
            "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"streamSid\":\"\(streamSid)\",\"start\":{\"accountSid\":\"AC00000000000000000000000000000000\",\"streamSid\":\"\(streamSid)\",\"callSid\":\"\(callSid)\",\"tracks\":[\"inbound\"],\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1},\"customParameters\":{}}}"
        let payload = Data(audio.prefix(160).map(MuLaw.encode)).base64EncodedString()
        let text =
            "{\"event\":\"media\",\"sequenceNumber\":\"3\",\"media\":{\"track\":\"inbound\",\"chunk\":\"2\",\"timestamp\":\"20\",\"payload\":\"\(payload)\"},\"streamSid\":\"\(streamSid)\"}"
        message = OutboundBuffer(capacity: text.utf8.count)
        message.append(text)
        sentAt.reserveCapacity(frames)
        result.delays.reserveCapacity(frames)
    }

    /// A caller on `WS /audio`.
    /// - Parameters:
    ///   - start: its first message.
    ///   - packets: 20 ms each, sent one after the other, again and again; at least one.
    public init(frames: Int, start: String, packets: [[UInt8]], loop: EventLoop, finished: @escaping @Sendable (Result) -> Void) {
        (self.frames, self.loop, self.finished, self.start, self.packets) = (frames, loop, finished, start, packets)
        message = OutboundBuffer(capacity: packets.map(\.count).max() ?? 0)
        sentAt.reserveCapacity(frames)
        result.delays.reserveCapacity(frames)
    }

    public func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        connection.sendControl(start)
        startedAt = EventLoop.now
        loop.addTick(self)
    }

    public func receivedText(_ message: RawSpan) {
        // Here a loopback sends nothing but frames; on `/audio` it says hello.
        if packets.isEmpty { returned() }
    }

    public func receivedBinary(_ message: RawSpan) { returned() }

    private func returned() {
        guard result.returned < sentAt.count else { return }
        result.delays.append(EventLoop.now - sentAt[result.returned])
        result.returned += 1
        if result.returned == frames { finish("done") }
    }

    public func closed(_ closure: WebSocketClosure) {
        connection = nil
        finish("closed by \(closure.cause.rawValue) \(closure.code)")
    }

    public func tick(now: Duration) {
        guard !isFinished, let connection else { return }
        while sentAt.count < frames, now - startedAt >= .milliseconds(20 * sentAt.count) {
            if now - startedAt - .milliseconds(20 * sentAt.count) > .milliseconds(25) { result.sentLate += 1 }
            sentAt.append(now)
            guard send(on: connection) else { return finish("the socket took no more") }
        }
        if now - startedAt > .milliseconds(20 * frames) + .seconds(2) { finish("frames did not come back") }
    }

    private func send(on connection: WebSocketConnection) -> Bool {
        guard !packets.isEmpty else { return connection.send(text: message) }
        message.removeAll()
        message.append(packets[(sentAt.count - 1) % packets.count])
        return connection.send(binary: message)
    }

    private func finish(_ ending: String) {
        guard !isFinished else { return }
        isFinished = true
        loop.removeTick(self)
        connection?.close()
        result.sent = sentAt.count
        result.ending = ending
        finished(result)
    }
}
