import Foundation
import MediaGateway
import Testing

@Suite("Twilio Media Streams, outbound: media, mark and clear in the caller's own memory, 16 bytes of headroom before each")
struct TwilioSerializerTests {
    static let sid = "MZ00000000000000000000000000000003"

    /// A serializer with a buffer of its own. Copies each message out, then overwrites the headroom as a transport may.
    @safe struct Stream: ~Copyable {
        private let buffer: UnsafeMutableRawBufferPointer
        private var serializer: TwilioSerializer
        init(sid: String = TwilioSerializerTests.sid, maximumAudioBytes: Int = 160) throws {
            let size = TwilioSerializer.bufferSize(maximumAudioBytes: maximumAudioBytes)
            unsafe buffer = .allocate(byteCount: size, alignment: 16)
            unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0xEE)
            serializer = try unsafe TwilioSerializer(streamSid: sid, buffer: buffer, maximumAudioBytes: maximumAudioBytes)
        }
        deinit { unsafe buffer.deallocate() }

        mutating func media(_ audio: [UInt8]) -> String {
            let message = unsafe audio.withUnsafeBytes { unsafe serializer.media($0) }
            return unsafe sent(message)
        }
        mutating func mark(_ name: TwilioMarkName) -> String {
            let message = unsafe serializer.mark(name)
            return unsafe sent(message)
        }
        mutating func clear() -> String {
            let message = unsafe serializer.clear()
            return unsafe sent(message)
        }
        func isOurs(_ text: String) -> Bool {
            let message = Array(text.utf8)
            return unsafe message.withUnsafeBytes { message in
                var fields = TwilioMediaFields()
                guard unsafe TwilioMediaScanner.scan(message, into: &fields) == .media else { return false }
                return unsafe serializer.isOurs(fields, in: message)
            }
        }

        private func sent(_ message: UnsafeMutableRawBufferPointer) -> String {
            guard let start = message.baseAddress, let base = unsafe buffer.baseAddress else { return "" }
            let text = unsafe String(decoding: UnsafeRawBufferPointer(message), as: UTF8.self)
            let offset = unsafe start - base
            let size = unsafe buffer.count
            #expect(offset >= TwilioSerializer.headroom && offset + text.utf8.count <= size)
            for place in offset - TwilioSerializer.headroom..<offset { unsafe buffer[place] = 0xAA }
            return text
        }
    }

    @Test("each message to the letter")
    func messages() throws {
        var stream = try Stream()
        let audio = [UInt8](0..<160)
        for count in [160, 1, 2, 3, 159] {
            let media = stream.media(Array(audio[..<count]))
            let payload = Data(audio[..<count]).base64EncodedString()
            #expect(media == #"{"event":"media","streamSid":"\#(Self.sid)","media":{"payload":"\#(payload)"}}"#)
        }
        for name in [TwilioMarkName(epoch: 0, number: 0), .init(epoch: 7, number: 10), .init(epoch: .max, number: .max)] {
            let mark = stream.mark(name)
            #expect(mark == #"{"event":"mark","streamSid":"\#(Self.sid)","mark":{"name":"\#(name)"}}"#)
            #expect(TwilioMarkName(name.description) == name)
        }
        let clear = stream.clear()
        #expect(clear == #"{"event":"clear","streamSid":"\#(Self.sid)"}"#)
    }

    @Test("the transport may overwrite the headroom of any message: the others stay whole", arguments: [1, 34, 64])
    func headroom(sidLength: Int) throws {
        var stream = try Stream(sid: String(repeating: "M", count: sidLength))
        func all(_ stream: inout Stream) -> [String] {
            [stream.media([UInt8](repeating: 0x7F, count: 160)), stream.mark(.init(epoch: .max, number: .max)), stream.clear()]
        }
        let first = all(&stream), second = all(&stream)
        #expect(first == second && first.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }

    @Test("audio that does not fit is not sent, rather than cut")
    func tooLong() throws {
        var stream = try Stream(maximumAudioBytes: 160)
        let text = stream.media([UInt8](repeating: 0, count: 161))
        #expect(text.isEmpty)
    }

    @Test("a streamSid that would not stand in JSON as it is", arguments: ["", "MZ\"", "MZ\\", "MZ\n", "MZé", String(repeating: "M", count: 65)])
    func refusesStreamSid(sid: String) { #expect(throws: TwilioMessageError.self) { _ = try Stream(sid: sid) } }

    @Test("knows its own stream's messages", arguments: [("MZ7", true), ("MZ8", false), ("MZ", false), ("MZ77", false)])
    func ownStream(sid: String, isOurs: Bool) throws {
        let stream = try Stream(sid: "MZ7")
        let found = stream.isOurs(#"{"event":"media","streamSid":"\#(sid)","media":{"timestamp":"1","payload":"/w=="}}"#)
        #expect(found == isOurs)
    }

    @Test("names of marks that are not ours", arguments: ["", "e", "e1", "e1:", "e:1", "e-1:2", "e1:2:3", "x1:2", "e1:99999999999", "e4294967296:0"])
    func foreignMarks(name: String) { #expect(TwilioMarkName(name) == nil) }
}
