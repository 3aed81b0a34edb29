import Foundation
import Testing

@testable import Orchestrator

@Suite("What a model is told: one text, into which how to answer and how the agent speaks are filled")
struct DecisionPromptTests {
    private static func system(_ pack: DomainPack, agent: String, _ channel: Channel = .voice) -> String {
        var context = UnderstandingContext(now: Date(timeIntervalSince1970: 0))
        (context.agent, context.channel) = (agent, channel)
        return DecisionPrompt(pack).prompt(for: "hello", in: context).system
    }

    @Test("the pack's own texts")
    func filled() {
        var pack = DomainPack.staffed
        pack.prompts["decision"] = PromptTemplate(version: "1", text: "{agent}: {reply} [{agent_prompt}]")
        pack.prompts["reply"] = PromptTemplate(version: "1", text: "\nAs {agent} ({role}) over {channel}. {agent_prompt}\n")
        #expect(Self.system(pack, agent: "technical") == "technical: As technical (Mends.) over the telephone. technical is patient. [technical is patient.]")
        #expect(Self.system(pack, agent: "billing", .chat) == "billing: As billing (Bills.) over a chat. []")
    }

    @Test("ours, where the pack has none: nothing is left unfilled, and the agent's prompt is in it")
    func standard() {
        let system = Self.system(.staffed, agent: "technical")
        #expect(system.contains("technical is patient.") && system.contains("At most two short sentences"))
        for names in PromptTemplate.placeholders.values { for name in names { #expect(!system.contains("{\(name)}"), "\(name)") } }
        #expect(!Self.system(.telecom, agent: "billing").contains("{reply}"))
    }

    @Test("texts that take the place of the pack's count from the next question on; which one it was goes along")
    func replaced() {
        var pack = DomainPack.staffed
        pack.prompts["decision"] = PromptTemplate(version: "1", text: "Old. {reply}")
        let book = PromptBook(pack.prompts), asking = DecisionPrompt(pack, book: book)
        func asked() -> [String?] {
            let prompt = asking.prompt(for: "hello", in: UnderstandingContext(now: Date(timeIntervalSince1970: 0)))
            return [prompt.version, String(prompt.system.prefix(14))]
        }
        #expect(asked() == ["1", "Old. At most t"])
        book.set(PromptTemplate(version: "langfuse:4", text: "Be brief."), as: "reply")
        #expect(asked() == ["1", "Old. Be brief."])
        book.set(PromptTemplate(version: "langfuse:9", text: "New. {reply}"), as: "decision")
        #expect(asked() == ["langfuse:9", "New. Be brief."])
        #expect(DecisionPrompt(pack).prompt(for: "hello", in: UnderstandingContext(now: Date(timeIntervalSince1970: 0))).version == "1")
    }

    @Test("what a prompt says in braces is not filled in twice")
    func literal() {
        var pack = DomainPack.staffed
        pack.organisation = "{intents}"
        pack.prompts["decision"] = PromptTemplate(version: "1", text: "{reply}")
        pack.prompts["reply"] = PromptTemplate(version: "1", text: "{organisation}")
        #expect(Self.system(pack, agent: "technical") == "{intents}")
    }

    @Test("agents who speak differently are not given each other's answers: the cache's key is all that was said")
    func cached() {
        let cache = ResponseCache(clock: ManualClock())
        func prompt(_ agent: String) -> ModelPrompt {
            var context = UnderstandingContext(now: Date(timeIntervalSince1970: 0))
            context.agent = agent
            var pack = DomainPack.staffed
            for index in pack.agents.indices { pack.agents[index].role = "Same." }
            pack.prompts["decision"] = PromptTemplate(version: "1", text: "{reply}")
            pack.prompts["reply"] = PromptTemplate(version: "1", text: "{agent_prompt}")
            return DecisionPrompt(pack).prompt(for: "do you like music", in: context)
        }
        let advice = Advice(Decision(intent: Decision.outOfScope, confidence: 1, nextAction: .answer), answer: "Yes.")
        cache.keep(advice, of: "llm.test", to: prompt("technical"))
        #expect(cache.advice(of: "llm.test", to: prompt("technical")) == advice)
        #expect(cache.advice(of: "llm.test", to: prompt("billing")) == nil)
    }
}
