import Foundation
import Testing

@Suite("What happens to the gateway itself is an event, kept with the others")
struct LifecycleTests {
    @Test("calls that are refused come with their number, and the last event is that it stopped")
    func refused() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "admission.max_calls=1", "shutdown.drain_s=0"])
        for number in 1...4 {
            _ = try EndingTests.get(gateway, "/twilio/voice", method: "POST", body: "CallSid=CA0000000000000000000000000000000\(number)")
        }
        #expect(await gateway.stop() == 0)
        let path = gateway.database.path, refused = "name = 'call.refused' AND json_extract(attributes, '$.reason') = 'full'"
        #expect(try EndingTests.rows(path, "SELECT sum(json_extract(attributes, '$.count')) FROM events WHERE \(refused)") == 3)
        #expect(try EndingTests.rows(path, "SELECT name = 'gateway.stopped' FROM events ORDER BY id DESC LIMIT 1") == 1)
    }
}
