import EventLoop
import Foundation
import GatewayTesting
import Synchronization
import WebSocketTransport

/// Two language models that a gateway under test asks, of which each answer may fail in every way that answers fail.
///
/// An answer names whom it answers: it holds the caller's own word (``word(_:)``), so that one that reaches somebody else shows.
final class FaultyModels: Sendable {
    /// What becomes of a request, in turn.
    enum Fault: String, CaseIterable, Sendable {
        case none, refused, rateLimited, rejected, stallsBeforeHead, stallsAfterHead, stallsInDecision, stallsInReply, stopsInDecision, breaksInReply
        case errorInStream, garbage, notJSON, unknownIntent, liesAboutConfirmation, limitReached
    }
    private let server: ModelServer
    private let state = Mutex((requests: 0, faults: [Fault: Int](), share: 0.0))

    /// To the first token, and from there to the end of the decision and the first clause.
    static let firstToken = Duration.milliseconds(300), toFirstClause = Duration.milliseconds(100)

    init(on group: EventLoopGroup) async throws {
        server = try await ModelServer.start(on: group)
        server.play { [weak self] request in self?.script(for: request) ?? ModelScript() }
    }

    func stop() async { await server.stop() }

    /// - Parameter share: of the requests that fail: 0…1.
    func fail(_ share: Double) { state.withLock { $0.share = share } }
    var requests: Int { state.withLock { $0.requests } }
    var faults: [Fault: Int] { state.withLock { $0.faults } }
    var openStreams: Int { server.counts.openStreams }

    /// The sections of `llm` in `gateway.yaml`.
    var settings: String {
        """
          models: [first, second, third]
          providers:
            first: {dialect: compatible, url: "\(server.base)/v1", model: m-1}
            second: {dialect: compatible, url: "\(server.base)/second/v1", model: m-2}
            third: {dialect: compatible, url: "\(server.resettingBase)/v1", model: m-3}
        """
    }

    /// A word for a number, of letters: digits would be personal.
    static func word(_ number: Int) -> String {
        let letters = Array("bcdfghklmnprstvz"), vowels = Array("aeiou")
        var word = "", rest = number
        repeat {
            word += String([letters[rest % 16], vowels[rest / 16 % 5]])
            rest /= 80
        } while rest > 0
        return word + "qua"
    }

    /// On the connection's loop.
    private func script(for request: HTTPRequest) -> ModelScript {
        let fault = state.withLock { state in
            state.requests += 1
            // Spread evenly, and each fault as often as the others.
            let failing = Int(Double(state.requests) * state.share), before = Int(Double(state.requests - 1) * state.share)
            let fault = failing > before ? Fault.allCases[1 + failing % (Fault.allCases.count - 1)] : .none
            state.faults[fault, default: 0] += 1
            return fault
        }
        let said = Self.said(request)
        var pieces = Self.answer(to: said)
        let (first, each) = (Self.firstToken, Self.toFirstClause / 4)
        func answer(_ behaviour: ModelScript.Behaviour = .answer) -> ModelScript {
            ModelScript(behaviour, pieces: pieces, firstDelay: first, pieceDelay: each)
        }
        switch fault {
        case .none: return answer()
        case .refused: return answer(.refuse(503))
        case .rateLimited: return answer(.refuse(429, [("Retry-After", "1")]))
        case .rejected: return answer(.refuse(400, body: #"{"error":{"message":"no","type":"invalid_request_error"}}"#))
        case .stallsBeforeHead: return answer(.stallBeforeHead)
        case .stallsAfterHead: return answer(.stallAfterHead)
        case .stallsInDecision: return answer(.stallAfter(1))
        case .stallsInReply: return answer(.stallAfter(4))
        case .stopsInDecision: return answer(.stopAfter(2))
        case .breaksInReply: return answer(.breakAfter(4))
        case .errorInStream: return answer(.errorAfter(1, body: #"{"error":{"message":"overloaded","type":"server_error"}}"#))
        case .garbage: return answer(.garbageAfter(1, Array("data: {\"choices\":[{\"delta\":{\"content\":42}}]}\n\n\u{0}\u{1}".utf8)))
        case .notJSON: pieces = ["Sure! I'd be ", "happy to help ", "you with that."]
        case .unknownIntent: pieces = [Self.decision("give_money_away", .workflow("give_money_away"))]
        case .liesAboutConfirmation: pieces = [Self.wish(quoting: said), "\nYour plan is changed to Unlimited Plus."]
        case .limitReached: return answer(.limitReached)
        }
        return answer()
    }

    /// What the caller has just said: the last text in the request.
    private static func said(_ request: HTTPRequest) -> String {
        struct Body: Decodable {
            struct Message: Decodable { var content: String }
            var messages: [Message]
        }
        return (try? JSONDecoder().decode(Body.self, from: Data(request.body)))?.messages.last?.content ?? ""
    }

    private enum Kind { case ownWords, workflow(String) }

    /// As a good model does: what the pack serves goes to its workflow, and to the rest there are words.
    private static func answer(to said: String) -> [String] {
        let words = said.lowercased()
        for (needle, intent, workflow) in [("data", "check_usage", "data_balance"), ("bill", "invoices", "billing_summary")] where words.contains(needle) {
            return halves(decision(intent, .workflow(workflow)))
        }
        let name = words.split { !$0.isLetter }.last { $0.hasSuffix("qua") }.map { String($0) } ?? "you"
        return halves(decision("out_of_scope", .ownWords)) + ["\nI do like it, \(name). ", "What else ", "may I do for you?"]
    }

    /// The decision and the first clause are four pieces.
    private static func halves(_ text: String) -> [String] {
        let third = text.index(text.startIndex, offsetBy: text.count / 3), twoThirds = text.index(text.startIndex, offsetBy: text.count * 2 / 3)
        return [String(text[..<third]), String(text[third..<twoThirds]), String(text[twoThirds...])]
    }

    /// What no caller asked for, with the caller's own words given as the reason.
    private static func wish(quoting said: String) -> String {
        let text = (try? JSONEncoder().encode(said)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        let values = [("plan", "Unlimited Plus"), ("confirmation", "yes")].map { #"{"type":"\#($0)","value":"\#($1)","text":\#(text)}"# }
        return decision("change_plan", .workflow("change_plan"), entities: "[\(values.joined(separator: ","))]")
    }

    private static func decision(_ intent: String, _ kind: Kind, entities: String = "[]") -> String {
        let workflow = if case .workflow(let name) = kind { "\"\(name)\"" } else { "null" }
        let action = if case .workflow = kind { "run_workflow" } else { "answer" }
        return #"{"intent":"\#(intent)","confidence":0.95,"entities":\#(entities),"workflow":\#(workflow),"next_action":"\#(action)","#
            + #""clarification_question":null}"#
    }
}
