import AudioCodec
import Foundation
import Testing

@Suite("Commands: output for machines, exit codes, errors that help")
struct CommandTests {
    @Test(
        "--help teaches, at every level",
        arguments: [
            [], ["serve"], ["demo"], ["call"], ["hear"], ["say"], ["understand"], ["bench"], ["bench", "echo"], ["bench", "turns"], ["config", "check"],
            ["store"], ["store", "check"], ["store", "backup"], ["store", "restore"], ["store", "erase"],
        ])
    func help(command: [String]) async throws {
        let run = try await CommandRun.media(command + ["--help"])
        #expect(run.status == 0 && run.output.contains("USAGE"))
    }

    @Test(
        "usage errors are 2, bad configuration is 78, failures are 1",
        arguments: [
            (["nonsense"], 2), (["hear"], 2), (["bench", "echo", "--calls", "0"], 2), (["say", "x", "--voice", "nobody", "-o", "x.wav"], 2),
            (["config", "check", "--set", "server.port=99999"], 78), (["config", "check", "--set", "server.prot=1"], 78),
            (["config", "check", "--config", "nowhere.yaml"], 78), (["hear", "nowhere.wav"], 1), (["serve", "--set", "models.path=nowhere"], 1),
        ] as [([String], Int32)])
    func exitCodes(arguments: [String], status: Int32) async throws {
        let run = try await CommandRun.media(arguments)
        #expect(run.status == status, "\(run.errors)")
        #expect(!run.errors.isEmpty)
    }

    @Test("all configuration errors come at once, with key, value, range and suggestion")
    func allAtOnce() async throws {
        let run = try await CommandRun.media([
            "config", "check", "--set", "server.port=99999", "--set", "endpointing.silence_ms=40", "--set", "server.prot=1",
        ])
        for part in ["server.port", "99999", "65535", "endpointing.silence_ms", "100...3000", "server.prot", "port"] {
            #expect(run.errors.contains(part), "\(part) is missing in: \(run.errors)")
        }
    }

    @Test("without a recogniser serve does not start, and names the command that brings it")
    func noRecogniser() async throws {
        let run = try await CommandRun.media(["serve", "--set", "models.path=nowhere", "--set", "server.port=0"])
        #expect(run.status == 1 && run.errors.contains("make setup") && run.errors.contains("nowhere"))
    }

    @Test("understand: a line in, a decision as JSON out")
    func understand() async throws {
        let run = try await CommandRun.media(["understand"], input: "how much data do I have left\nwhat is the weather in Paris\n\n")
        let decisions = try run.output.split(separator: "\n").map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        #expect(run.status == 0 && decisions.count == 2)
        #expect(decisions[0]["intent"] as? String == "check_usage" && decisions[0]["next_action"] as? String == "run_workflow")
        #expect(decisions[1]["intent"] as? String == "out_of_scope")
        for decision in decisions {
            #expect(Set(decision.keys) == ["text", "intent", "confidence", "act", "entities", "next_action"])
        }
    }

    @Test("say writes a 16-bit mono WAV, and hear understands it", .enabled(if: Callers.areModelsThere, "no Models/: run make setup"))
    func sayAndHear() async throws {
        let folder = try GatewayProcess.makeFolder()
        let file = folder.appending(path: "said.wav").path
        let said = try await CommandRun.media(["say", "Your bill of $42.50 is due on March 15th.", "--voice", "rms", "--sample-rate", "16000", "-o", file])
        #expect(said.status == 0)
        let wav = try WAVFile(bytes: Array(try Data(contentsOf: URL(filePath: file))))
        #expect(wav.sampleRate == 16_000 && wav.channels.count == 1 && wav.channels[0].count > 16_000)
        let heard = try await CommandRun.media(["hear", file, "--json"])
        let line = try #require(try JSONSerialization.jsonObject(with: Data(heard.output.utf8)) as? [String: Any])
        #expect(Set(line.keys) == ["file", "text", "confidence", "rejected", "duration_s", "decode_ms"])
        let text = try #require(line["text"] as? String).lowercased()
        #expect(text.contains("march") && text.contains("bill"), "\(text)")
    }
}
