/// What still comes of something that has begun. For one consumer; letting it go, or cancelling the task that reads it, ends its making.
public struct Remainder<Element: Sendable>: AsyncSequence, Sendable, Equatable {
    public typealias Failure = Never
    private final class Identity: Sendable {}
    private let stream: AsyncStream<Element>
    private let identity = Identity()
    /// Tells whoever makes it that the next element was waited for in vain; its reader then lets it go.
    let late: @Sendable () -> Void

    public init(_ stream: AsyncStream<Element>, late: @escaping @Sendable () -> Void = {}) { (self.stream, self.late) = (stream, late) }

    public func makeAsyncIterator() -> AsyncStream<Element>.AsyncIterator { stream.makeAsyncIterator() }
    /// - Returns: `nil` at the end and ever after.
    func next() async -> Element? {
        var pieces = stream.makeAsyncIterator()
        return await pieces.next()
    }
    /// Each is equal to itself alone.
    public static func == (one: Self, other: Self) -> Bool { one.identity === other.identity }
}

/// A part of a reply that follows its beginning, in order.
public enum ReplyPiece: Sendable, Equatable {
    /// Further text, with the blank that parts it from what was before.
    case text(String)
    /// A tool is at work; for the eye. `percent` 0…100, if known.
    case progress(tool: String, percent: Int?, text: String)
    case transition(AgentHandover)
    /// Takes the place of ``Reply/then``; the last piece.
    case then(Reply.Then)
}

extension Reply {
    /// The reply when all of it is there, for who cannot show it piece by piece.
    public consuming func whole() async -> Reply {
        var reply = self
        guard let rest = reply.rest else { return reply }
        reply.rest = nil
        for await piece in rest { reply.take(piece) }
        return reply
    }

    /// Adds a piece of ``rest``.
    public mutating func take(_ piece: ReplyPiece) {
        switch piece {
        case .text(let text): self.text += text
        case .progress: break
        case .transition(let step):
            transitions.append(step)
            agent = step.to
        case .then(let then): self.then = then
        }
    }
}
