/// A domain pack, made ready once for all conversations that use it.
public final class PreparedDomain: Sendable {
    public let pack: DomainPack
    let programs: [String: WorkflowProgram]
    let validator: DecisionValidator
    /// The first words of a conversation.
    public let greeting: String
    /// Changes with the workflows' steps: a conversation that was in the middle of one cannot go on in another.
    let revision: String

    public init(_ pack: DomainPack) {
        self.pack = pack
        validator = DecisionValidator(pack: pack)
        programs = Dictionary(pack.workflows.filter { !$0.isFragment }.map { ($0.name, WorkflowProgram($0, in: pack)) }) { first, _ in first }
        var phrasing = Phrasing()
        phrasing.agent = pack.agents.first?.name ?? ""
        greeting = pack.agents.first?.greeting.map { phrasing.fill($0, in: pack) } ?? phrasing.phrase(.greeting, in: pack)
        revision = StableHash.hex(programs.mapValues { $0.instructions.map(\.id).joined(separator: " ") })
    }
}
