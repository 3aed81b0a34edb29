import Foundation
import Orchestrator
import SpokenText
import Testing
import Understanding

@Suite("Embedded understanding of the telecom pack")
struct EmbeddedUnderstandingTests {
    static let understanding = SharedSetTests.understanding
    /// Thursday 2026-03-12, 09:00 UTC.
    static let now = Date(timeIntervalSince1970: 1_773_306_000)

    private func read(_ text: String, expecting: ExpectedSlot? = nil, workflow: String? = nil) -> Decision {
        Self.understanding.read(text, in: UnderstandingContext(expecting: expecting, workflow: workflow, now: Self.now))
    }
    private func values(_ decision: Decision, _ type: SlotType) -> [String] { decision.entities.filter { $0.type == type.rawValue }.map(\.value) }

    private static let plan = ExpectedSlot(name: "plan", type: .plan, options: ["Basic", "Family Share", "Unlimited Plus", "Traveler"])
    private static let confirm = ExpectedSlot(name: "confirm", type: .confirmation)
    private static let phone = ExpectedSlot(name: "phone", type: .phone)

    @Test(
        "what callers want",
        arguments: [
            ("How much data do I have left?", "check_usage"), ("hi there could you tell me how many gigabytes I've still got", "check_usage"),
            ("data balance", "check_usage"),
            ("I'd like to know what my bill is for this month", "invoices"), ("what do i owe", "invoices"),
            ("can you go through my february bill with me", "invoices"),
            ("I want to switch to the unlimited plus plan", "change_plan"), ("please upgrade me", "change_plan"),
            ("we need something bigger for the family which plan can we change to", "change_plan"),
            ("let me talk to a real person", "human_agent"), ("agent!", "human_agent"), ("sir please connect me to customer care executive", "human_agent"),
        ])
    func intents(text: String, intent: String) {
        let decision = read(text)
        #expect(decision.intent == intent, "\(decision)")
        #expect(decision.confidence >= 0.45)
        #expect(decision.nextAction == (intent == "human_agent" ? .handoff : .runWorkflow))
        #expect(decision.workflow == TelecomPack.pack.intent(intent)?.workflow)
    }

    @Test(
        "as a recogniser writes it: lower case, words dropped, misheard",
        arguments: [
            ("how much dater do i have left", "check_usage"), ("check my date of balance", "check_usage"),
            ("how many giga bites left this month", "check_usage"), ("much data have left", "check_usage"),
            ("what's my you sage", "check_usage"), ("show me last in voice", "invoices"), ("how much my bill march", "invoices"),
            ("get me my invoyce", "invoices"), ("i want change plan to family sheer", "change_plan"),
            ("switch me to on limited plus", "change_plan"), ("up grade my plan", "change_plan"), ("speak to a human asian", "human_agent"),
            ("talk to person", "human_agent"), ("i wanna change my packige", "change_plan"),
        ])
    func noisy(text: String, intent: String) { #expect(read(text).intent == intent, "\(read(text))") }

    @Test(
        "what the pack cannot serve is out of scope",
        arguments: [
            "activate my sim card", "turn on roaming", "there is no coverage in my village", "i want to cancel my contract", "my bill is wrong",
            "i want to pay my bill by card", "what is the weather", "play jazz",
            "book a flight to boston", "asdf qwer zxcv", "my puk code please", "the internet is down", "i'd like to become a customer", "how tall are you",
            "transfer money to my brother", "my internet is not working", "i have no signal at home", "please close my account",
        ])
    func outOfScope(text: String) {
        let decision = read(text)
        #expect(decision.intent == Decision.outOfScope, "\(decision)")
        #expect(decision.workflow == nil && decision.nextAction == .answer)
    }

    @Test(
        "moves of every dialogue",
        arguments: [
            ("hello", DialogueAct.greeting), ("Good morning!", .greeting), ("thanks a lot", .thanks), ("goodbye", .goodbye), ("okay thanks bye bye", .goodbye),
            ("no thanks, that's all, bye", .goodbye), ("help", .help),
            ("what can you do?", .help), ("never mind", .cancel), ("stop", .cancel), ("could you say that again please", .repeatPlease),
            ("pardon?", .repeatPlease), ("yes", .yes), ("yeah sure", .yes), ("nope", .no),
            ("no thank you", .no), ("representative", .person), ("it was lovely talking with you goodbye", .goodbye),
        ])
    func acts(text: String, act: DialogueAct) { #expect(read(text).act == act, "\(read(text))") }

    @Test(
        "a courtesy beside a wish does not hide the wish",
        arguments: [
            ("hello, how much data do I have left", "check_usage"), ("good morning i want to change my plan please", "change_plan"),
            ("thank you and how much is my bill", "invoices"), ("yes i want to see my last invoice", "invoices"),
            ("no how much data do i have left", "check_usage"),
        ])
    func besideActs(text: String, intent: String) { #expect(read(text).intent == intent, "\(read(text))") }

    @Test(
        "while a confirmation is open, everyday words are yes and no",
        arguments: [
            ("sure", "yes"), ("go ahead", "yes"), ("that's right", "yes"), ("yeah do it", "yes"), ("mm hmm", "yes"), ("okay", "yes"),
            ("yes please change it", "yes"), ("Please do.", "yes"), ("sounds good to me", "yes"), ("not really", "no"),
            ("no leave it", "no"), ("I don't think so", "no"), ("hold off", "no"), ("no i don't want that", "no"),
        ])
    func confirmations(text: String, answer: String) {
        let decision = read(text, expecting: Self.confirm, workflow: "change_plan")
        #expect(decision.act?.rawValue == answer, "\(decision)")
        #expect(decision.intent == Decision.outOfScope)
        #expect(decision.nextAction == .runWorkflow && decision.workflow == "change_plan")
    }

    @Test("neither yes nor no puts the question again", arguments: ["maybe", "the weather is nice", "hmm what did it cost"])
    func unconfirmed(text: String) {
        let decision = read(text, expecting: Self.confirm, workflow: "change_plan")
        #expect(decision.act != .yes && decision.act != .no, "\(decision)")
        #expect(values(decision, .confirmation).isEmpty)
    }

    @Test(
        "plans by name, synonym, sound and position",
        arguments: [
            ("the unlimited one", "Unlimited Plus"), ("Family Share", "Family Share"), ("family sheer please", "Family Share"),
            ("the family plan", "Family Share"), ("basic", "Basic"), ("bay sick", "Basic"), ("travler", "Traveler"),
            ("traveller plan", "Traveler"), ("unlimited pluss", "Unlimited Plus"), ("i'll take the second one", "Family Share"), ("number four", "Traveler"),
            ("the last one", "Traveler"), ("on limited plus", "Unlimited Plus"),
            ("not the basic one the family share", "Family Share"), ("from basic to unlimited", "Unlimited Plus"), ("the cheapest", "Basic"),
            ("famly shair", "Family Share"),
        ])
    func plans(text: String, plan: String) {
        let decision = read(text, expecting: Self.plan, workflow: "change_plan")
        #expect(values(decision, .plan).last == plan, "\(decision)")
        #expect(decision.nextAction == .runWorkflow && decision.workflow == "change_plan")
    }

    @Test("a plan comes along with the wish for it")
    func planWithIntent() {
        let decision = read("i'd like to move from basic to unlimited plus")
        #expect(decision.intent == "change_plan")
        #expect(values(decision, .plan) == ["Unlimited Plus"])
        #expect(values(read("is my family well"), .plan).isEmpty)
    }

    @Test(
        "a number asked for, said in many ways",
        arguments: [
            ("five five five oh one oh one", "5550101"), ("it's 555 0101", "5550101"), ("5550101", "5550101"), ("triple five, zero one zero one", "5550101"),
            ("plus one five five five oh one oh oh one nine nine", "+15550100199"),
            ("my number is 5 5 5 and then 0 1 0 1", "5550101"),
        ])
    func phones(text: String, number: String) {
        let decision = read(text, expecting: Self.phone, workflow: "data_balance")
        #expect(values(decision, .phone) == [number], "\(decision)")
        #expect(decision.nextAction == .runWorkflow)
    }

    @Test("an open question without an answer is asked again, with the workflow's own words")
    func unanswered() {
        let decision = read("the weather is nice", expecting: Self.phone, workflow: "data_balance")
        #expect(decision.nextAction == .askSlot)
        #expect(decision.clarificationQuestion == "Your phone, please?")
    }

    @Test(
        "values in normal form",
        arguments: [
            ("how much was my bill for february", SlotType.month, "2026-02"), ("my bill from last month", .month, "2026-02"),
            ("the bill of march 3rd", .date, "2026-03-03"), ("i was charged forty two dollars and fifty cents", .money, "42.50"),
            ("i need a gig and a half", .data, "1.5 GB"), ("call me at 800 555 0199", .phone, "8005550199"), ("my code is 4471", .number, "4471"),
        ])
    func entityValues(text: String, type: SlotType, value: String) { #expect(values(read(text), type) == [value], "\(read(text))") }

    @Test("any text, any question: the decision passes the validator, and repeats itself", arguments: 0..<30)
    func anyText(seed: Int) async throws {
        var random = Words(seed: UInt64(seed))
        let validator = DecisionValidator(pack: TelecomPack.pack)
        for _ in 0..<20 {
            let text = random.sentence()
            let expecting: [ExpectedSlot?] = [nil, Self.plan, Self.confirm, Self.phone] + SlotType.allCases.map { ExpectedSlot(name: "x", type: $0) }
            let context = UnderstandingContext(
                expecting: expecting[random.number(below: expecting.count)], workflow: random.number(below: 2) == 0 ? "change_plan" : nil, now: Self.now)
            let decision = try await Self.understanding.decide(text, in: context)
            #expect(validator.rejection(of: decision, in: context) == nil, "\(text): \(decision)")
            #expect(try await Self.understanding.decide(text, in: context) == decision)
            if decision.nextAction == .clarify {
                #expect(decision.confidence < 0.45 && decision.clarificationQuestion?.hasPrefix("Would you like me to") == true)
            }
        }
    }

    @Test("training twice gives the same understanding")
    func deterministic() {
        let again = EmbeddedUnderstanding(pack: TelecomPack.pack)
        for text in ["how much data", "my bill", "please a plan", "hello", "xyz"] {
            #expect(again.read(text, in: UnderstandingContext(now: Self.now)) == read(text))
        }
    }

    @Test("empty and enormous turns are read", arguments: ["", "   ", "?!", String(repeating: "data ", count: 20_000), String(repeating: "9", count: 20_000)])
    func extremes(text: String) { #expect((0...1).contains(read(text).confidence)) }

    @Test("an empty pack understands nothing, and says so")
    func emptyPack() {
        let decision = EmbeddedUnderstanding(pack: DomainPack(name: "empty", organisation: "Nobody", agents: [])).read(
            "hello there", in: UnderstandingContext(now: Self.now))
        #expect(decision.intent == Decision.outOfScope && decision.nextAction == .answer)
    }
}

/// Sentences of words that mean something here, in any order.
struct Words {
    private var state: UInt64
    init(seed: UInt64) { state = seed &+ 0x9E37_79B9 }
    private static let list = """
        i want to change my plan bill data how much left the unlimited plus family share basic five double oh one zero nine yes no please cancel agent hello march third next month twenty dollars a gig and half gigabytes \
        not from second one number what is last invoice 555 0101 $42.50 4.2 GB 2026-03-15 help bye thanks again weather 🎉 may % - . , ? point hundred thousand
        """.split(separator: " ").map(String.init)
    mutating func number(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
    mutating func sentence() -> String { (0..<number(below: 14)).map { _ in Self.list[number(below: Self.list.count)] }.joined(separator: " ") }
}
