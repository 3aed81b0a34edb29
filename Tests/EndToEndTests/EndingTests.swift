import AudioCodec
import Foundation
import GatewayTesting
import Persistence
import Testing

@Suite("How it ends: signals, kill -9, a carrier that goes away", .serialized, .enabled(if: Callers.areModelsThere, "no Models/: run make setup"))
struct EndingTests {
    @Test("SIGTERM: not ready any more, the live call hears a closing line, exit 0 (FIELD 22)")
    func drains() async throws {
        let gateway = try await GatewayProcess(["shutdown.drain_s=1"])
        let callers = try Callers()
        async let report = callers.call(gateway, from: "+15550101", [.init("stays", .stayQuiet)], patience: .seconds(30))
        #expect(await eventually(within: .seconds(10)) { (try? Self.get(gateway, "/health"))?.contains("\"calls\":1") == true })
        gateway.signal(SIGTERM)
        #expect(await eventually(within: .seconds(3)) { (try? Self.get(gateway, "/ready"))?.hasPrefix("HTTP/1.1 503") == true })
        let ringing = try Self.get(gateway, "/twilio/voice", method: "POST", body: "CallSid=CA00000000000000000000000000000009")
        #expect(ringing.contains("restarting"))
        #expect(await gateway.ended(within: .seconds(20)) == 0)
        let heard = try await report
        #expect(heard.ending.isByGateway, "\(heard.ending)")
        let record = try #require(try await WholeCallTests.record(gateway, heard.callSid))
        #expect(record.call.endReason == "shutdown" && record.turns.last?.replyText.contains("end this call") == true)
        await callers.end()
    }

    @Test("a carrier that breaks off in the greeting, in a word, in the decode or in the answer leaves nothing behind")
    func breaksOff() async throws {
        let gateway = try await GatewayProcess(["admission.max_calls=10"])
        let callers = try Callers()
        let speech = try await callers.say("Please change my plan to Unlimited Plus.", voice: "awb")
        let second = [Int16](repeating: 0, count: 8_000)
        let before = gateway.openDescriptors
        // Samples that are sent before the socket breaks, and how many messages come back first.
        let points: [(sent: [Int16], heard: Int)] = [
            ([], 0), ([], 3), (Array(speech.prefix(8_000)), 0), (speech + second, 0), (speech + second, 40), (speech + second + speech, 0),
        ]
        for (number, point) in points.enumerated() {
            let socket = try RawSocket(port: gateway.port)
            _ = try socket.upgrade()
            let callSid = "CA0000000000000000000000000000010\(number)"
            try socket.sendText(HostileClientTests.start.replacing("CA00000000000000000000000000000001", with: callSid))
            for start in stride(from: 0, to: point.sent.count - 159, by: 160) {
                let payload = Data(point.sent[start..<start + 160].map(MuLaw.encode)).base64EncodedString()
                try socket.sendText(
                    #"{"event":"media","media":{"track":"inbound","chunk":"\#(start / 160 + 1)","timestamp":"\#(start / 8)","payload":"\#(payload)"},"streamSid":"MZ00000000000000000000000000000001"}"#
                )
            }
            for _ in 0..<point.heard { _ = socket.receive(within: 2_000) }
        }
        let isOver = await eventually(within: .seconds(10)) {
            let metrics = (try? Self.get(gateway, "/metrics")) ?? ""
            return metrics.contains("gateway_calls_active 0\n") && metrics.contains("gateway_calls_admitted 0\n")
                && metrics.contains("gateway_recogniser_ears 0\n") && gateway.openDescriptors <= before + 2
        }
        #expect(isOver, "\(gateway.openDescriptors) descriptors, \(before) before: \((try? Self.get(gateway, "/metrics")) ?? "")")
        let path = gateway.database.path
        #expect(try Self.rows(path, "SELECT coalesce(sum(reserved_micro), 0) FROM budgets") == 0)
        #expect(try Self.rows(path, "SELECT count(*) FROM calls WHERE state = 'active'") == 0)
        #expect(try Self.rows(path, "SELECT count(*) FROM calls") == points.count)
        #expect(await gateway.stop() == 0)
        await callers.end()
    }

    @Test("a lone # changes nothing: the greeting goes on, and silence is broken as ever")
    func loneHash() async throws {
        let gateway = try await GatewayProcess()
        let callers = try Callers()
        let report = try await callers.call(
            gateway, from: "+15550101", [.init("#", .press("#"), interruptsAfter: .milliseconds(600)), .init("stays", .stayQuiet)],
            patience: .seconds(20))
        #expect(await gateway.stop() == 0)
        let record = try #require(try await WholeCallTests.record(gateway, report.callSid))
        #expect(record.turns.first?.interrupted == false)
        #expect(record.turns.count >= 2, "\(record.turns.map(\.replyText))")
        #expect(report.clears == 0)
        await callers.end()
    }

    @Test("a second signal forces")
    func forces() async throws {
        let gateway = try await GatewayProcess(["shutdown.drain_s=600"])
        let callers = try Callers()
        async let report = callers.call(gateway, from: "+15550101", [.init("stays", .stayQuiet)], patience: .seconds(30))
        #expect(await eventually(within: .seconds(10)) { (try? Self.get(gateway, "/health"))?.contains("\"calls\":1") == true })
        gateway.signal(SIGTERM)
        #expect(await eventually(within: .seconds(3)) { (try? Self.get(gateway, "/ready"))?.hasPrefix("HTTP/1.1 503") == true })
        gateway.signal(SIGTERM)
        #expect(await gateway.ended(within: .seconds(10)) == 0)
        _ = try await report
        await callers.end()
    }

    @Test("kill -9 in a call: what was acknowledged is there, the promise is given back, the call is closed")
    func killed() async throws {
        let gateway = try await GatewayProcess()
        let callers = try Callers()
        let balance = try await callers.say("Please change my plan to Unlimited Plus.", voice: "awb")
        let call = Task {
            try await callers.call(gateway, from: "+15550107", [.init("change", .speak(balance)), .init("stays", .stayQuiet)], patience: .seconds(30))
        }
        // The reply is being spoken, on a tier that costs money: its turn is committed, its price reserved.
        let path = gateway.database.path
        #expect(await eventually(within: .seconds(30)) { (try? Self.rows(path, "SELECT count(*) FROM budget_ledger WHERE entry = 'reserve'")) ?? 0 > 0 })
        kill(gateway.pid, SIGKILL)
        _ = await gateway.ended(within: .seconds(5))
        let turns = try Self.rows(path, "SELECT count(*) FROM decisions WHERE intent = 'change_plan'")
        #expect(turns >= 1)
        let again = try await GatewayProcess(folder: gateway.folder)
        #expect(try Self.rows(path, "SELECT count(*) FROM decisions WHERE intent = 'change_plan'") == turns)
        #expect(try Self.rows(path, "SELECT sum(reserved_micro) FROM budgets") == 0)
        #expect(try Self.rows(path, "SELECT count(*) FROM calls WHERE state = 'active'") == 0)
        #expect(await again.stop() == 0)
        _ = try? await call.value
        await callers.end()
    }

    @Test("the status callback ends a call whose stream still stands")
    func status() async throws {
        let gateway = try await GatewayProcess()
        let callers = try Callers()
        let placement = CallPlacement(webhook: "http://127.0.0.1:\(gateway.port)/twilio/voice", callSid: "CA0000000000000000000000000000000a")
        async let report = placement.place(CallerScript([.init("stays", .stayQuiet)], patience: .seconds(30)), on: callers.loop, resolver: callers.resolver)
        #expect(await eventually(within: .seconds(10)) { (try? Self.get(gateway, "/metrics"))?.contains("gateway_calls_active 1") == true })
        _ = try Self.get(gateway, "/twilio/status", method: "POST", body: "CallSid=CA0000000000000000000000000000000a&CallStatus=completed")
        #expect(try await report.ending.isByGateway)
        #expect(await gateway.stop() == 0)
        let record = try #require(try await WholeCallTests.record(gateway, "CA0000000000000000000000000000000a"))
        #expect(record.call.endReason == "carrier_completed")
        await callers.end()
    }

    static func get(_ gateway: GatewayProcess, _ path: String, method: String = "GET", body: String = "") throws -> String {
        let socket = try RawSocket(port: gateway.port)
        let form = body.isEmpty ? "" : "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n"
        try socket.send("\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\(form)\r\n\(body)")
        return String(decoding: socket.receiveUntilClosed(within: 2_000) ?? [], as: UTF8.self)
    }

    /// Another process's view of the database.
    static func rows(_ path: String, _ sql: String) throws -> Int {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0] or 0)", path, sql]
        process.standardOutput = output
        process.standardError = Pipe()
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
    }
}
