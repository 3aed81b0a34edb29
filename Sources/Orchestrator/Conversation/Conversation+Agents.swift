/// Agents who take over on what a caller says.
extension Conversation {
    /// Passes a caller whom nothing in the pack answers on to the agent who takes over on the words of the turn.
    ///
    /// Where an engine has words of its own for the turn, only the agent changes. An opening is said once in a conversation.
    /// - Returns: true when the agent said its opening, and the turn is answered by that.
    func takeOver(_ turn: inout TurnWork) -> Bool {
        let groups = pack.qualification.groups(in: turn.text)
        guard let (agent, group) = taker(of: groups), !pack.path(from: turn.state.agent, to: agent.name).isEmpty else { return false }
        transfer(to: agent.name, because: "words:\(group)", &turn)
        guard turn.directAnswer == nil, turn.state.opened?.contains(agent.name) != true,
            let opening = turn.state.phrasing.pick(agent.opening, under: "opening." + agent.name)
        else { return false }
        turn.state.opened = (turn.state.opened ?? []).union([agent.name])
        turn.state.misunderstandings = 0
        turn.parts.append(turn.state.phrasing.fill(opening, in: pack))
        return true
    }

    /// The first of the groups that an agent takes over on.
    private func taker(of groups: [String]) -> (AgentDefinition, String)? {
        for group in groups {
            if let agent = pack.agents.first(where: { $0.takesOverOn.contains(group) }) { return (agent, group) }
        }
        return nil
    }
}
