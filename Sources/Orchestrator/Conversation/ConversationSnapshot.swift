import Foundation

/// All that a conversation knows, as it is kept from turn to turn (``TurnCommit/snapshot``).
struct ConversationSnapshot: Codable {
    var state: ConversationState
    /// ``PreparedDomain/revision`` that it was written under.
    var revision: String

    /// One JSON object.
    var text: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// - Returns: the state to go on with under `domain`; `nil` for text that no version of ours wrote. What the domain no longer has is
    ///   left out: a workflow in progress is put down, its ticket stays open for whoever looks after it.
    static func state(from text: String, in domain: PreparedDomain) -> ConversationState? {
        guard let snapshot = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        var state = snapshot.state
        if snapshot.revision != domain.revision { (state.run, state.parked, state.confirming, state.lastWorkflow) = (nil, nil, nil, nil) }
        if !domain.pack.agents.contains(where: { $0.name == state.agent }), let first = domain.pack.agents.first {
            state.agent = first.name
            state.phrasing.agent = first.name
        }
        return state
    }
}
