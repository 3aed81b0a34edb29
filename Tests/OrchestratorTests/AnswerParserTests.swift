import Orchestrator
import Testing

@Suite("A streamed answer: the decision first, then the reply; the same however it is cut, and nothing spoken before the decision is whole")
struct AnswerParserTests {
    struct Parsed: Equatable {
        var decision: Decision?
        var reply = ""
        var failure: AnswerParser.Failure.Code?
        /// Text that came before the decision.
        var early = ""
    }

    static func parse(_ pieces: [String]) -> Parsed {
        var parser = AnswerParser(), parsed = Parsed()
        do throws(AnswerParser.Failure) {
            for piece in pieces {
                for event in try parser.read(piece) {
                    switch event {
                    case .decision(let decision):
                        if parsed.decision != nil { Issue.record("two decisions") }
                        parsed.decision = decision
                    case .reply(let text):
                        if parsed.decision == nil { parsed.early += text }
                        if text.isEmpty { Issue.record("an empty piece") }
                        parsed.reply += text
                    }
                }
            }
            try parser.finish()
        } catch { parsed.failure = error.code }
        return parsed
    }

    static let line = #"{"intent":"bill","confidence":0.9,"entities":[],"workflow":null,"next_action":"answer","clarification_question":null}"#
    static let bill = Decision(intent: "bill", confidence: 0.9, nextAction: .answer)
    static let members = String(line.dropFirst().dropLast())

    static let answers: [(String, Decision, String)] = [
        (line + "\nYour bill is due on Friday.", bill, "Your bill is due on Friday."),
        (line + "\r\n\r\n  Hello, caller. \n\n Bye.\n \n", bill, "Hello, caller. \n\n Bye."),
        ("\u{FEFF} \n\t" + line + "\nHi", bill, "Hi"),
        (line, bill, ""), (line + "\n", bill, ""),
        ("```json\n\(line)\n```\nHi, `ls` it is.", bill, "Hi, `ls` it is."),
        ("```\n\(line)\n```\n\nHi", bill, "Hi"), ("```json\n\(line)\nHi\n```", bill, "Hi"), ("```json\n\(line)\n```", bill, ""),
        (line.replacing(",", with: " ,\n  ").replacing(":", with: " : ") + "\nHi", bill, "Hi"),
        ("{\(members),\"reply\":\"Hi \\\"you\\\" \\u00e9\\ud83d\\ude00\\n\\/ é😀\"}", bill, "Hi \"you\" é😀\n/ é😀"),
        ("{\n \(members) ,\n \"reply\" : \"Hi\"\n}\n and more", bill, "Hi"), ("```json\n{\(members),\"reply\":\"Use `ls`\"}\n```", bill, "Use `ls`"),
        ("{\(members),\"reply\":\"\"}", bill, ""),
        (
            "{\(members),\"act\":\"yes\",\"note\":{\"reply\":\"}\",\"a\":[{}]}}\nHi \\n {\"x\":1}",
            Decision(intent: "bill", confidence: 0.9, act: .yes, nextAction: .answer), "Hi \\n {\"x\":1}"
        ),
        (
            #"{"clarification_question":"Which \"one\", {a} or [b]?","next_action":"clarify","workflow":"change_plan","entities":[{"type":"plan","value":"M","text":"m"}],"confidence":1,"intent":"change_plan"}"#
                + "\nWhich one?",
            Decision(
                intent: "change_plan", confidence: 1, entities: [Entity(type: "plan", value: "M", text: "m")], workflow: "change_plan", nextAction: .clarify,
                clarificationQuestion: "Which \"one\", {a} or [b]?"), "Which one?"
        ),
    ]

    @Test("the forms", arguments: answers)
    func forms(answer: String, decision: Decision, reply: String) {
        #expect(Self.parse([answer]) == Parsed(decision: decision, reply: reply))
        #expect(Self.parse(answer.unicodeScalars.map { String($0) }) == Parsed(decision: decision, reply: reply), "scalar by scalar")
    }

    @Test("any split gives the same", arguments: 1...40 as ClosedRange<UInt64>)
    func splits(seed: UInt64) {
        let random = SeededGenerator(seed: seed)
        for (answer, decision, reply) in Self.answers {
            let scalars = Array(answer.unicodeScalars)
            var pieces: [String] = [], at = 0
            while at < scalars.count {
                let end = min(scalars.count, at + Int(random.next() % 12))
                var piece = String.UnicodeScalarView()
                piece.append(contentsOf: scalars[at..<end])
                pieces.append(String(piece))
                at = end
            }
            #expect(Self.parse(pieces) == Parsed(decision: decision, reply: reply))
        }
    }

    @Test("damaged answers read the same in pieces as in one, and never speak early", arguments: 1...60 as ClosedRange<UInt64>)
    func damaged(seed: UInt64) {
        let random = SeededGenerator(seed: seed)
        let spare = Array("{}[]\",:\\`\n u0dé😀\u{0}".unicodeScalars)
        for (answer, _, _) in Self.answers {
            var scalars = Array(answer.unicodeScalars)
            for _ in 0...random.next() % 4 {
                let at = Int(random.next() % UInt64(scalars.count))
                switch random.next() % 3 {
                case 0: scalars.remove(at: at)
                case 1: scalars.insert(random.pick(spare), at: at)
                default: scalars[at] = random.pick(spare)
                }
            }
            var whole = String.UnicodeScalarView()
            whole.append(contentsOf: scalars)
            let parsed = Self.parse(scalars.map { String($0) })
            let atOnce = Self.parse([String(whole)])
            #expect(parsed.early.isEmpty)
            #expect(parsed.failure == atOnce.failure)
            // What came in one piece with the damage is lost with it.
            if atOnce.failure == nil { #expect(parsed == atOnce) }
        }
    }

    @Test("any prefix of an answer is the start of it, and says nothing early")
    func prefixes() {
        for (answer, decision, reply) in Self.answers {
            let scalars = Array(answer.unicodeScalars)
            for count in 0..<scalars.count {
                var prefix = String.UnicodeScalarView()
                prefix.append(contentsOf: scalars[..<count])
                let parsed = Self.parse([String(prefix)])
                #expect(parsed.decision == nil || parsed.decision == decision)
                #expect(reply.utf8.starts(with: parsed.reply.utf8))
                #expect(parsed.early.isEmpty)
                if parsed.decision == nil { #expect(parsed.failure == .malformed) }
            }
        }
    }

    @Test(
        "what is no answer",
        arguments: [
            "", "   ", "Your bill is due on Friday.", "Sure! \(line)\nHi", "[\(line)]", "null", "``\(line)", "```json\nnothing", "{}", "{\"reply\":\"Hi\"}",
            line + "Hi", line + " Hi", line + line, String(line.dropLast()), "{\(members),}\nHi", "{\(members)]\nHi", "{\(members),\"reply\":null}",
            "{\(members),\"reply\":\"cut", "{\(members),\"reply\":\"Hi\"", "{\(members),\"reply\":\"Hi\",\"more\":1}", "{\(members),\"reply\":\"\\ud83d!\"}",
            "{\(members),\"reply\":\"\\ude00\"}", "{\(members),\"reply\":\"\\x\"}", "{\(members),\"reply\":\"a\nb\"}", "{\(members),\"reply\":\"\\u12g4\"}",
            "{\(members),\"intent\":\"other\"}\nHi", "```json\n\(line)\n``\nHi", "{\"a\":" + String(repeating: "[", count: 50),
        ])
    func malformed(answer: String) { #expect(Self.parse([answer]).failure == .malformed) }

    @Test(
        "a decision that breaks its schema is none",
        arguments: [
            (#""confidence":0.9"#, #""confidence":"high""#), (#""confidence":0.9"#, #""confidence":null"#), (#""confidence":0.9"#, #""confidence":NaN"#),
            (#""confidence":0.9"#, #""confidence":1e999"#), (#""confidence":0.9"#, #""confidence":true"#), (#""intent":"bill""#, #""intent":7"#),
            (#""intent":"bill","#, ""), (#""confidence":0.9,"#, ""), (#""entities":[],"#, ""), (#""workflow":null,"#, ""), (#""next_action":"answer","#, ""),
            (#","clarification_question":null"#, ""), (#""answer""#, #""transfer_money""#), (#""answer""#, #""Answer""#), (#""answer""#, "null"),
            ("[]", "{}"), ("[]", #"[{"type":"plan","value":"M"}]"#), ("[]", #"[{"type":"plan","value":5,"text":"m"}]"#), ("[]", "null"),
            (#""workflow":null"#, #""workflow":["pay"]"#), (#""workflow":null"#, #""act":"shout","workflow":null"#),
        ])
    func schema(part: String, instead: String) {
        let answer = Self.line.replacing(part, with: instead)
        #expect(answer != Self.line)
        let parsed = Self.parse([answer + "\nHi"])
        #expect(parsed.failure == .malformed && parsed.decision == nil && parsed.reply.isEmpty, "\(answer)")
    }

    @Test("what is too long is refused, not kept")
    func bounds() {
        #expect(Self.parse([Self.line + "\n" + String(repeating: "x", count: 65_536)]).reply.count == 65_536)
        #expect(Self.parse([Self.line + "\n" + String(repeating: "x", count: 65_537)]).failure == .tooLong)
        #expect(Self.parse([Self.line + "\n" + String(repeating: " ", count: 70_000) + "x"]).failure == nil)
        #expect(Self.parse([Self.line + "\nx" + String(repeating: " ", count: 70_000) + "x"]).failure == .tooLong)
        #expect(Self.parse(["{\"intent\":\"" + String(repeating: "x", count: 20_000)]).failure == .tooLong)
    }

    @Test("after a failure nothing is read any more")
    func stays() {
        var parser = AnswerParser()
        #expect(throws: AnswerParser.Failure.self) { try parser.read("nonsense") }
        #expect(throws: AnswerParser.Failure.self) { try parser.read(Self.line + "\nHi") }
        #expect(throws: AnswerParser.Failure.self) { try parser.finish() }
    }

    @Test("text comes out with the piece that brought it")
    func prompt() throws {
        var parser = AnswerParser()
        #expect(try parser.read(String(Self.line.dropLast())).isEmpty)
        #expect(try parser.read("}") == [.decision(Self.bill)])
        #expect(try parser.read("\nYour bill") == [.reply("Your bill")])
        #expect(try parser.read(" ").isEmpty)
        #expect(try parser.read("is due") == [.reply(" is due")])
        try parser.finish()
    }
}
