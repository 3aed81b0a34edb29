import Foundation
import GatewayTesting
import Persistence
import Testing

/// The log of a whole call at its most talkative level.
@Suite("The log", .serialized, .enabled(if: Callers.areModelsThere, "no Models/: run make setup"))
struct LogTests {
    /// What the process says of itself; every other line belongs to a call.
    private static let ofTheProcess: Set<String> = [
        "draining", "stopped", "overload", "an event loop was held up", "the store does not answer", "the store answers again",
    ]

    @Test("JSON lines: the call's id on each that belongs to it, and not one word or digit of the caller's")
    func aCall() async throws {
        let gateway = try await GatewayProcess(["logging.format=json", "logging.level=trace"])
        let callers = try Callers()
        let said = ["I want to check my data balance.", "No, that is all, thank you. Goodbye."], keyed = "5550102", number = "+19998887777"
        let report = try await callers.call(
            gateway, from: number,
            [
                .init("balance", .speak(try await callers.say(said[0], voice: "awb"))),
                .init("number", .press(keyed + "#")),
                .init("goodbye", .speak(try await callers.say(said[1], voice: "awb"))),
            ])
        #expect(await gateway.stop() == 0)
        await callers.end()
        let record = try #require(try await WholeCallTests.record(gateway, report.callSid))
        let heard = record.turns.compactMap(\.userText)
        #expect(heard.contains(keyed) && heard.count >= 2, "the call was a call: \(heard)")

        let log = gateway.log
        let lines = try log.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String], "\(line)")
        }
        #expect(lines.contains { $0["message"] == "call started" } && lines.contains { $0["message"] == "call ended" })
        for line in lines where !Self.ofTheProcess.contains(line["message"] ?? "") {
            #expect(line["callID"] == record.call.id, "\(line)")
        }
        for secret in Self.secrets(said + heard, numbers: [number, keyed]) {
            #expect(!log.lowercased().contains(secret), "\(secret) is in the log")
        }
    }

    /// Every two words in a row, and the digits with and without what stands in front of them, in lower case.
    private static func secrets(_ texts: [String], numbers: [String]) -> Set<String> {
        var secrets = Set(numbers.flatMap { number in [number, String(number.suffix(7))] })
        for text in texts {
            let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" }
            secrets.formUnion(zip(words, words.dropFirst()).map { "\($0) \($1)" })
        }
        return secrets
    }
}

@Suite("A log that nobody takes costs no call", .serialized)
struct LostLogTests {
    @Test("a full disk: the gateway logs, answers, and ends as it should", arguments: ["json", "text"])
    func fullDisk(_ format: String) async throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "logging.level=trace", "logging.format=\(format)"], errors: full)
        let client = try Client(gateway)
        #expect(try await client.request("GET", "/health").status == 200)
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("a pipe that is full: the gateway answers, and ends as it should")
    func fullPipe() async throws {
        let unread = Pipe()
        // As much as a pipe takes, so that the first line waits for a reader.
        let descriptor = unread.fileHandleForWriting.fileDescriptor
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        while (try? unread.fileHandleForWriting.write(contentsOf: Data(repeating: 0x2E, count: 4_096))) != nil {}
        _ = fcntl(descriptor, F_SETFL, flags)
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "logging.level=trace"], errors: unread.fileHandleForWriting)
        let client = try Client(gateway)
        #expect(try await client.request("GET", "/health").status == 200)
        await client.end()
        #expect(await gateway.stop() == 0)
        withExtendedLifetime(unread) {}
    }

    @Test("the last line is written before the process ends")
    func lastLine() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "logging.level=notice"])
        #expect(await gateway.stop() == 0)
        #expect(await eventually(within: .seconds(5)) { gateway.log.contains("] stopped\n") })
    }
}
