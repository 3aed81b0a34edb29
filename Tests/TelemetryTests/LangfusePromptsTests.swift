import Foundation
import GatewayTesting
import Orchestrator
import Testing
import WebSocketTransport

@testable import Telemetry

@Suite("Prompts from Langfuse: fetched at the start and every 60 s; whatever goes wrong, the one in force stays", .timeLimit(.minutes(1)))
struct LangfusePromptsTests {
    @Test("a fetched prompt takes the place of the file's, another's file stays")
    func takes() async throws {
        try await LangfuseBench.run { bench in
            bench.server.publish("decision", 7, "You are {{agent}}: {{ role }}\n{\"intent\":…}")
            await bench.start()
            #expect(bench.book.current("decision") == PromptTemplate(version: "langfuse:7", text: "You are {agent}: {role}\n{\"intent\":…}"))
            #expect(bench.book.current("reply") == LangfuseBench.pack["reply"] && bench.book.current("summary") == nil)
            #expect(bench.version("decision") == 7 && bench.version("reply") == 0)
            #expect(bench.fetches(.taken) == 1 && bench.fetches(.missing) == 3 && bench.fetches(.failed) == 0)
            let missing = ["reply", "judge", "summary"].map { LangfusePrompts.Note.missing(prompt: $0) }
            #expect(bench.said() == [.taken(prompt: "decision", version: 7)] + missing)
        }
    }

    @Test("each is asked for once a round, by prefix and label")
    func asks() async throws {
        try await LangfuseBench.run(adapting: { ($0.prefix, $0.label) = ("voice/", "staging") }) { bench in
            bench.server.publish("voice/reply", 3, "Be brief.", label: "staging")
            await bench.start()
            #expect(bench.text("reply") == "Be brief.")
            let requests = bench.server.requests
            #expect(Set(requests.map(\.path)) == Set(PromptTemplate.names.map { "/api/public/v2/prompts/voice/\($0)" }))
            #expect(requests.count == 4 && requests.allSatisfy { $0.query == "label=staging" })
        }
    }

    @Test("a name goes over the wire whole: its slash, blank and accent are escaped")
    func address() {
        let project = LangfuseProject(url: "https://cloud.langfuse.com//", publicKey: "pk", secretKey: "sk")
        #expect(
            project.url("v2/prompts", "voice é/a_b.c~d-e", query: [("label", "a&b")])
                == "https://cloud.langfuse.com/api/public/v2/prompts/voice%20%C3%A9%2Fa_b.c~d-e?label=a%26b")
        var dumped = ""
        dump(project, to: &dumped)
        for printed in [dumped, "\(project)", String(reflecting: project)] { #expect(!printed.contains("Basic") && !printed.contains("sk")) }
        #expect(project.authorization == "Basic cGs6c2s=")
    }

    @Test("a new version is picked up by the next round, and not before; the same again changes nothing")
    func refreshes() async throws {
        try await LangfuseBench.run { bench in
            bench.server.publish("reply", 1, "One.")
            await bench.start()
            bench.server.publish("reply", 2, "Two.")
            bench.clock.advance(by: .milliseconds(59_999))
            #expect(bench.clock.sleeperCount == 1 && bench.text("reply") == "One.")
            await bench.refresh(after: .milliseconds(1))
            #expect(bench.book.current("reply") == PromptTemplate(version: "langfuse:2", text: "Two.") && bench.version("reply") == 2)
            await bench.refresh()
            #expect(bench.fetches(.taken) == 2 && bench.fetches(.unchanged) == 1 && bench.server.requests.count == 12)
        }
    }

    @Test("back to an older version by its label")
    func goesBack() async throws {
        try await LangfuseBench.run { bench in
            bench.server.publish("reply", 2, "Two.")
            await bench.start()
            bench.server.publish("reply", 1, "One.")
            await bench.refresh()
            #expect(bench.text("reply") == "One." && bench.version("reply") == 1)
        }
    }

    @Test("one that is not there any more stays in force, and is told of once; so is one that was back in between")
    func vanishes() async throws {
        try await LangfuseBench.run { bench in
            bench.server.publish("decision", 4, "Four.")
            await bench.start()
            _ = bench.said()
            bench.server.remove("decision")
            await bench.refresh()
            #expect(bench.text("decision") == "Four." && bench.version("decision") == 4)
            #expect(bench.said() == [.missing(prompt: "decision")])
            await bench.refresh()
            #expect(bench.said() == [] && bench.fetches(.missing) == 3 + 4 + 4)
            bench.server.publish("decision", 4, "Four.")
            await bench.refresh()
            bench.server.remove("decision")
            await bench.refresh()
            #expect(bench.said() == [.missing(prompt: "decision")] && bench.fetches(.unchanged) == 1)
        }
    }

    struct Broken: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var fault: LangfuseServer.Fault
        var reason: String
        init(_ name: String, _ fault: LangfuseServer.Fault, _ reason: String) { (testDescription, self.fault, self.reason) = (name, fault, reason) }
        init(_ name: String, body: String, _ reason: String) { self.init(name, .reply(HTTPReply(type: "application/json", body)), reason) }
    }
    private static let long = #"{"version":8,"type":"text","prompt":"\#(String(repeating: "x", count: LangfusePrompts.maximumBytes))"}"#

    @Test(
        "what is no answer leaves the last good one in force, and is counted",
        arguments: [
            Broken("401", .reply(HTTPReply(status: 401, "{}")), "HTTP 401: are the keys those of this project?"),
            Broken("403", .reply(HTTPReply(status: 403, "{}")), "HTTP 403: are the keys those of this project?"),
            Broken("500", .reply(HTTPReply(status: 500, "oops")), "HTTP 500"), Broken("503", .reply(HTTPReply(status: 503)), "HTTP 503"),
            Broken("a redirect", .reply(HTTPReply(status: 301, headers: ["Location": "/"])), "HTTP 301"),
            Broken("silence", .hangs, "timedOut"), Broken("nothing", body: "", "the answer is no prompt"),
            Broken("a page", body: "<html>Langfuse</html>", "the answer is no prompt"),
            Broken("half of it", body: #"{"version":8,"type":"text","prompt":"Hal"#, "the answer is no prompt"),
            Broken("no version", body: #"{"type":"text","prompt":"Hello."}"#, "the answer is no prompt"),
            Broken("a version in words", body: #"{"type":"text","prompt":"Hello.","version":"8"}"#, "the answer is no prompt"),
            Broken("no prompt", body: #"{"type":"text","version":8}"#, "the answer is no prompt"),
            Broken("a number for a prompt", body: #"{"type":"text","version":8,"prompt":5}"#, "the answer is no prompt"),
            Broken("too much of it", body: long, "more than 262144 bytes"),
        ])
    func fails(broken: Broken) async throws {
        try await LangfuseBench.run(adapting: { ($0.names, $0.timeout) = (["decision"], .milliseconds(500)) }) { bench in
            bench.server.publish("decision", 7, "Seven.")
            await bench.start()
            _ = bench.said()
            bench.server.breaks("decision", with: broken.fault)
            await bench.refresh()
            #expect(bench.text("decision") == "Seven." && bench.version("decision") == 7 && bench.fetches(.failed) == 1)
            guard case .failed(let failures) = bench.said().first else {
                Issue.record("nothing was said")
                return
            }
            #expect(failures.count == 1 && failures[0].prompt == "decision" && failures[0].reason.hasPrefix(broken.reason), "\(failures)")
            // It goes on once all is well.
            bench.server.breaks("decision", with: nil)
            bench.server.publish("decision", 8, "Eight.")
            await bench.refresh()
            #expect(bench.text("decision") == "Eight.")
        }
    }

    @Test("with wrong keys the files stay")
    func unauthorised() async throws {
        try await LangfuseBench.run(secretKey: "sk-lf-other") { bench in
            bench.server.publish("decision", 7, "Seven.")
            await bench.start()
            #expect(bench.text("decision") == "The file's: {agent}" && bench.fetches(.failed) == 4)
        }
    }

    struct Unfit: Sendable, CustomTestStringConvertible {
        var testDescription: String { reason }
        /// `type` and `prompt`.
        var text: String?, messages: [String] = []
        var reason: String
    }
    private static let all = "{{agent}}, {{agent_prompt}}, {{channel}}, {{organisation}}, {{role}}"
    private static let mixed = "a chat prompt whose message 2 is not of the system: give a text prompt, or system messages only"

    @Test(
        "what is no prompt of ours is refused, with a reason for whoever wrote it; the last good one stays",
        arguments: [
            Unfit(text: "Hello {{name}}.", reason: "{{name}} is none of its placeholders: give \(all)"),
            Unfit(text: "Say {{Agent}}", reason: "{{Agent}} is none of its placeholders: give \(all)"),
            Unfit(text: "{{intents}}", reason: "{{intents}} is none of its placeholders: give \(all)"),
            Unfit(text: "{{a b\u{1B}[0m}}", reason: "{{a b [0m}} is none of its placeholders: give \(all)"),
            Unfit(text: "{{}}", reason: "{{}} is none of its placeholders: give \(all)"),
            Unfit(text: "Hello {agent}.", reason: "{agent} stands in single braces: give {{name}} for a placeholder"),
            Unfit(text: "{{agent}} and {agent}", reason: "{agent} stands in single braces: give {{name}} for a placeholder"),
            Unfit(text: "{{agent} and so on", reason: "{agent} stands in single braces: give {{name}} for a placeholder"),
            Unfit(text: " \n", reason: "is empty: give the text behind the version"),
            Unfit(text: String(repeating: "x", count: 32_769), reason: "has 32769 bytes: give at most 32768"),
            Unfit(messages: [], reason: "is empty: give the text behind the version"),
            Unfit(messages: [system("Be kind."), #"{"role":"user","content":"Hello"}"#], reason: mixed),
            Unfit(messages: [system("Be kind."), #"{"type":"placeholder","name":"history"}"#], reason: mixed),
            Unfit(messages: [system("Be kind."), #"{"type":"chatmessage","role":"assistant","content":"Hello"}"#], reason: mixed),
            Unfit(messages: [system("Be kind."), system("Be {{kind}}.")], reason: "{{kind}} is none of its placeholders: give \(all)"),
        ])
    func refuses(unfit: Unfit) async throws {
        try await LangfuseBench.run(adapting: { $0.names = ["reply"] }) { bench in
            bench.server.publish("reply", 1, "One.")
            await bench.start()
            _ = bench.said()
            if let text = unfit.text { bench.server.publish("reply", 2, text) } else { bench.server.publish("reply", 2, messages: unfit.messages) }
            await bench.refresh()
            #expect(bench.text("reply") == "One." && bench.version("reply") == 1 && bench.fetches(.refused) == 1)
            #expect(bench.said() == [.failed([.init(prompt: "reply", reason: "version 2: \(unfit.reason)")])])
        }
    }

    private static func system(_ text: String) -> String { #"{"role":"system","content":\#(LangfuseServer.json(text))}"# }

    @Test("a chat prompt of system messages is their texts, with a line between")
    func chat() async throws {
        try await LangfuseBench.run { bench in
            bench.server.publish("reply", 5, messages: [Self.system("You are {{agent}}."), Self.system("Be brief.")])
            await bench.start()
            #expect(bench.book.current("reply") == PromptTemplate(version: "langfuse:5", text: "You are {agent}.\n\nBe brief."))
        }
    }

    @Test(
        "double braces become single ones, exactly; all else stays as it is",
        arguments: [
            ("{{agent}}{{role}}", "{agent}{role}"), ("{{ agent }} {{\tagent\n}}", "{agent} {agent}"), (#"{"a":{"b":"{{agent}}"}}"#, #"{"a":{"b":"{agent}"}}"#),
            (#"{"a":{{agent}}}"#, #"{"a":{agent}}"#), ("}} {{agent}}", "}} {agent}"), ("{ {{agent}} {", "{ {agent} {"), ("an open {{ end", "an open {{ end"),
        ])
    func converts(theirs: String, ours: String) throws {
        let answer = Data(#"{"version":1,"type":"text","prompt":\#(LangfuseServer.json(theirs))}"#.utf8)
        #expect(try JSONDecoder().decode(LangfusePrompt.self, from: answer).template(as: "reply").text == ours)
    }

    @Test("failures are told at most once a minute, however often they come; all are counted")
    func throttled() async throws {
        try await LangfuseBench.run(adapting: { $0.refresh = .seconds(10) }) { bench in
            bench.server.breaks(with: .reply(HTTPReply(status: 500)))
            await bench.start()
            let failures = PromptTemplate.names.map { LangfusePrompts.Failure(prompt: $0, reason: "HTTP 500") }
            #expect(bench.said() == [.failed(failures)])
            for _ in 1...5 { await bench.refresh(after: .seconds(10)) }
            #expect(bench.said() == [] && bench.fetches(.failed) == 24)
            await bench.refresh(after: .seconds(10))
            #expect(bench.said() == [.failed(failures)])
        }
    }

    @Test(
        "a server that asks for time gets it, as does one that does not know us",
        arguments: [(429, "30", 30), (503, "45", 45), (401, nil, 60), (500, nil, 10)])
    func patient(status: Int, wish: String?, seconds: Int) async throws {
        try await LangfuseBench.run(adapting: { $0.refresh = .seconds(10) }) { bench in
            var reply = HTTPReply(status: status)
            if let wish { reply.headers.add("Retry-After", wish) }
            bench.server.breaks("reply", with: .reply(reply))
            await bench.start()
            bench.clock.advance(by: .seconds(seconds) - .milliseconds(1))
            #expect(bench.clock.sleeperCount == 1 && bench.server.requests.count == 4)
            await bench.refresh(after: .milliseconds(1))
            #expect(bench.server.requests.count == 8)
        }
    }

    @Test("the end breaks off what is under way, and nothing is said of it")
    func stops() async throws {
        try await LangfuseBench.run(adapting: { $0.timeout = .seconds(30) }) { bench in
            bench.server.breaks("judge", with: .hangs)
            bench.prompts.start()
            while bench.server.requests.count < 4, !Task.isCancelled { await Task.yield() }
            await bench.prompts.close()
            await bench.prompts.close()
            bench.clock.advance(by: .seconds(600))
            #expect(bench.said() == [] && bench.fetches(.failed) == 0 && bench.server.requests.count == 4)
        }
    }
}
