import Orchestrator

/// The smallest domain pack with one of everything.
enum SmallPack {
    static let files: [(name: String, text: String)] = [
        ("domain", domain), ("workflows", workflows), ("intents", intents), ("entities", entities), ("words", words),
    ]

    static let domain =
        """
        organisation: Acme
        agents:
          - name: reception
            role: Answers the phone.
        tools:
          - name: quote
            required: [plan]
            outcomes: {ok: [price_micro], not_found: []}
            timeout_ms: 2000
          - name: order
            required: [plan]
            side_effects: true
        phrases:

        """ + Phrases.Key.allCases.map { "  \($0.rawValue): \"Well, {organisation}.\"\n" }.joined() + """
            qualification:
              intents: {buy: 0.5}
              values:
                - slot: plan
                  weights: {Big: 0.3}
              conditions:
                - {name: dear, when: quote.price_micro above 100, weight: 0.1}
              words:
                - {name: keen, words: [upgrade], weight: 0.1}
              turns: {weight: 0.01, maximum: 0.05}
            limits: {maximum_turns: 30}
            """

    static let workflows = """
        workflows:
          - name: buying
            title: buy a plan
            agent: reception
            steps:
              - id: plan
                ask: plan
                type: plan
                question: ["Which plan?", "Which one?"]
              - id: quote
                when: plan is known
                call: quote
                with: {plan: "{plan}"}
                save: quote
                on: {not_found: sorry}
              - id: sure
                confirm: sure
                question: "{quote.price_micro|money}, all right?"
              - id: order
                call: order
                with: {plan: "{plan}"}
                save: ordered
              - id: bought
                say: Done.
                then: done
              - id: sorry
                say: Sorry.
        """

    static let intents = """
        intents:
          - name: buy
            workflow: buying
            examples: [I want to buy a plan, sell me a plan]
        background: [what is the weather]
        acts:
          yes: [yes, sure]
          no: ["no", nope]
        """

    static let entities = """
        entities:
          - type: plan
            values:
              - name: Big
                synonyms: [large, 2]
        """

    static let words = """
        words:
          - word: gigabyte
            heard: [giga bite]
        """
}
