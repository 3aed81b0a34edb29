/// Durations, in order, and what is said of them.
struct Percentiles: Sendable {
    private let sorted: [Duration]
    init(_ durations: [Duration]) { sorted = durations.sorted() }
    var count: Int { sorted.count }
    /// - Parameter share: 0…1; 0.5 is the median. Nearest rank.
    func at(_ share: Double) -> Duration {
        sorted.isEmpty ? .zero : sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }
    var maximum: Duration { sorted.last ?? .zero }
    func count(above limit: Duration) -> Int { sorted.count { $0 > limit } }
}
