import Foundation
import Logging
import Synchronization
import Testing

@testable import MediaGateway

@Suite("The log is written on a thread of its own: a reader that is gone, full or slow ends nothing and holds nobody up", .timeLimit(.minutes(1)))
struct LogWriterTests {
    static func line(_ text: String) -> [UInt8] { Array((text + "\n").utf8) }

    static func writer(_ handle: FileHandle, capacity: Int = 4_096) -> LogWriter {
        LogWriter(descriptor: handle.fileDescriptor, capacity: capacity) { Self.line("\($0) lost") }
    }

    /// At least that many bytes, unless the pipe ends before.
    static func read(_ count: Int, from handle: FileHandle) -> Data {
        var data = Data()
        while data.count < count {
            let more = handle.availableData
            if more.isEmpty { break }
            data += more
        }
        return data
    }

    @Test("a pipe whose reader has gone, a full disk: what is logged is lost, and that is all")
    func nobodyReads() throws {
        let pipe = Pipe(), full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        try pipe.fileHandleForReading.close()
        for handle in [pipe.fileHandleForWriting, full] {
            let writer = Self.writer(handle)
            for number in 1...3 { writer.add(Self.line("\(number)")) }
            #expect(writer.flush())
        }
        withExtendedLifetime((pipe, full)) {}
    }

    @Test("nobody reads for a while: as much waits as may, and one line tells how many were lost, after those that waited")
    func slowReader() {
        let pipe = Pipe(), writer = Self.writer(pipe.fileHandleForWriting, capacity: 3)
        // More than a pipe holds: the writer waits in the middle of it.
        let large = String(repeating: "x", count: 2 << 20)
        for text in [large, "2", "3", "4", "5"] { writer.add(Self.line(text)) }
        #expect(!writer.flush(within: .milliseconds(1)))
        let waited = [large, "2", "3", "2 lost"].flatMap(Self.line)
        // Not the megabytes themselves: a failure would print them.
        let isWhole = Self.read(waited.count, from: pipe.fileHandleForReading) == Data(waited)
        #expect(isWhole)
        #expect(writer.flush())

        writer.add(Self.line("6"))
        #expect(writer.flush())
        #expect(Self.read(2, from: pipe.fileHandleForReading) == Data(Self.line("6")))
        withExtendedLifetime(pipe) {}
    }

    @Test("lines of one thread stay in order and whole")
    func order() {
        let pipe = Pipe(), writer = Self.writer(pipe.fileHandleForWriting)
        let lines = (1...2_000).flatMap { Self.line("line \($0)") }
        for number in 1...2_000 { writer.add(Self.line("line \(number)")) }
        let isWhole = Self.read(lines.count, from: pipe.fileHandleForReading) == Data(lines)
        #expect(isWhole)
        withExtendedLifetime(pipe) {}
    }

    @Test("what was lost is told in the log's own format")
    func lost() throws {
        var json = try #require(JSONSerialization.jsonObject(with: Data(GatewayLog.lostLine(3, .json))) as? [String: String])
        let at = json.removeValue(forKey: "at")
        #expect(at != nil)
        #expect(json == ["message": "log lines were lost", "level": "warning", "count": "3"])
        let text = String(decoding: GatewayLog.lostLine(3, .text), as: UTF8.self)
        #expect(text.hasSuffix(" warning gateway: count=3 [MediaGateway] log lines were lost\n"))
    }

    @Test("whoever logs formats its line and hands it over whole", arguments: [GatewayConfiguration.Logging.Format.text, .json])
    func formats(_ format: GatewayConfiguration.Logging.Format) {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "gateway") { label in
            GatewayLog.handler(format, label) { bytes in lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        }
        logger.notice("call ended", metadata: ["callID": "C1"])
        let written = lines.withLock { $0 }
        #expect(written.count == 1 && written.joined().split(separator: "\n").count == 1 && written.joined().hasSuffix("\n"))
        let expected = format == .json ? #""callID":"C1""# : " notice gateway: callID=C1 [MediaGatewayTests] call ended\n"
        #expect(written.joined().contains(expected), "\(written)")
    }
}
