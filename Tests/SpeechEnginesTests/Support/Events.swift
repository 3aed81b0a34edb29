/// What an engine reported, in order; a test waits for the next one.
final class Events<Event: Sendable>: Sendable {
    private let stream: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func report(_ event: Event) { continuation.yield(event) }
    func end() { continuation.finish() }

    /// The next event; nil after a minute, or when no more will come.
    func next() async -> Event? {
        let stream = stream
        return await withTaskGroup(of: Event?.self) { group in
            group.addTask {
                var iterator = stream.makeAsyncIterator()
                return await iterator.next()
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(60))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// All events up to and with the one that `isLast` names.
    func upTo(_ isLast: (Event) -> Bool) async -> [Event] {
        var events: [Event] = []
        while let event = await next() {
            events.append(event)
            if isLast(event) { break }
        }
        return events
    }
}
