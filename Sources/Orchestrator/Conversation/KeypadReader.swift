/// Reads keypad digits as an answer: no engine is needed for what the caller typed.
enum KeypadReader {
    /// - Parameters:
    ///   - text: digits with `*` and `#`, which callers press to finish.
    ///   - expecting: the open question.
    /// - Returns: advice at full confidence, or `nil` when the keys answer nothing here.
    static func decide(_ text: String, expecting: ExpectedSlot?) -> Decision? {
        let digits = text.filter { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        func decision(act: DialogueAct? = nil, _ type: SlotType? = nil, _ value: String = "") -> Decision {
            let entities = type.map { [Entity(type: $0.rawValue, value: value, text: text)] } ?? []
            return Decision(intent: Decision.outOfScope, confidence: 1, act: act, entities: entities, nextAction: .answer)
        }
        switch expecting?.type {
        case .phone, .number, .money, .data:
            guard let type = expecting?.type, SlotForm.accepts(digits, as: type) else { return nil }
            return decision(type, digits)
        case .confirmation:
            switch digits {
            case "1": return decision(act: .yes, .confirmation, "yes")
            case "2": return decision(act: .no, .confirmation, "no")
            case "0": return decision(act: .person)
            default: return nil
            }
        case .plan, .choice:
            if digits == "0" { return decision(act: .person) }
            guard let expecting, let number = Int(digits), expecting.options.indices.contains(number - 1) else { return nil }
            return decision(expecting.type, expecting.options[number - 1])
        case .text, .date, .month, nil:
            return digits == "0" ? decision(act: .person) : nil
        }
    }
}
