/// Who is served next when there are places for a few: conversations in turn, and within one the first who came. Decides only.
struct FairQueue: Sendable {
    enum Entry: Equatable { case admitted, waiting, full }
    let places: Int, maximumWaiting: Int
    private(set) var taken = 0
    private(set) var waiting = 0
    /// Those who wait, by conversation, in order.
    private var lines: [String: [Int]] = [:]
    /// Conversations with somebody waiting; the first one is served next.
    private var ring: [String] = []

    init(places: Int, maximumWaiting: Int) { (self.places, self.maximumWaiting) = (places, maximumWaiting) }

    /// - Parameter id: of the request, never used twice.
    mutating func enter(_ id: Int, _ conversation: String) -> Entry {
        // While somebody waits there is no place.
        if taken < places {
            taken += 1
            return .admitted
        }
        guard waiting < maximumWaiting else { return .full }
        waiting += 1
        if lines[conversation] == nil { ring.append(conversation) }
        lines[conversation, default: []].append(id)
        return .waiting
    }

    /// One who was admitted is done.
    /// - Returns: who has the place now.
    mutating func leave() -> Int? {
        guard let conversation = ring.first, var line = lines[conversation] else {
            taken -= 1
            return nil
        }
        ring.removeFirst()
        let id = line.removeFirst()
        waiting -= 1
        lines[conversation] = line.isEmpty ? nil : line
        if !line.isEmpty { ring.append(conversation) }
        return id
    }

    /// One who waits gives up.
    mutating func giveUp(_ id: Int, _ conversation: String) {
        guard var line = lines[conversation], let at = line.firstIndex(of: id) else { return }
        line.remove(at: at)
        waiting -= 1
        lines[conversation] = line.isEmpty ? nil : line
        if line.isEmpty { ring.removeAll { $0 == conversation } }
    }
}
