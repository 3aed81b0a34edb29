import Foundation

/// A decision as a model must write it: every member there, also those that may be null; those we do not know are passed over.
struct StrictDecision: Decodable {
    private let decision: Decision

    /// - Throws: whatever is wrong with it.
    static func read(_ json: [UInt8]) throws -> Decision { try JSONDecoder().decode(StrictDecision.self, from: Data(json)).decision }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Decision.CodingKeys.self)
        for key in [Decision.CodingKeys.workflow, .clarificationQuestion] where !members.contains(key) {
            throw DecodingError.keyNotFound(key, .init(codingPath: decoder.codingPath, debugDescription: "missing"))
        }
        decision = Decision(
            intent: try members.decode(String.self, forKey: .intent), confidence: try members.decode(Double.self, forKey: .confidence),
            act: try members.decodeIfPresent(DialogueAct.self, forKey: .act), entities: try members.decode([Entity].self, forKey: .entities),
            workflow: try members.decodeIfPresent(String.self, forKey: .workflow),
            nextAction: try members.decode(Decision.NextAction.self, forKey: .nextAction),
            clarificationQuestion: try members.decodeIfPresent(String.self, forKey: .clarificationQuestion))
    }
}
