import Orchestrator
import SpokenText
import StreamingPipeline

/// Replies that are spoken while they are written.
extension Call {
    /// Hands what follows to the voice as it comes. The reader goes with the reply, and the writing with the reader.
    func read(_ rest: Remainder<ReplyPiece>, _ mine: Int) {
        playing?.reading = Task { [weak self] in
            for await piece in rest {
                guard await self?.take(piece, mine) == true else { return }
            }
            await self?.allWritten(mine)
        }
    }

    /// - Returns: whether anybody waits for more.
    private func take(_ piece: ReplyPiece, _ mine: Int) -> Bool {
        guard mine == generation, var reply = playing, reply.generation == mine else { return false }
        reply.reply.take(piece)
        if case .transition(let step) = piece { currentAgent = step.to }
        if case .text(let text) = piece { reply.clauses += services.splitter.clauses(of: text) }
        let isWaiting = reply.silentSince != nil && reply.current < reply.clauses.count
        if isWaiting, let since = reply.silentSince {
            // The carrier's marks come later by as much.
            reply.queuedAudio += now - since
            reply.silentSince = nil
        }
        playing = reply
        if isWaiting { speakNextClause() }
        return true
    }

    private func allWritten(_ mine: Int) {
        guard mine == generation, let reply = playing, reply.generation == mine else { return }
        playing?.isOpen = false
        if reply.shownClauses == reply.clauses.count { showWhole() }
        guard reply.silentSince != nil else { return }
        playing?.silentSince = nil
        speakNextClause()
        if playing?.isFullyHeard == true { replyEnded() }
    }
}
