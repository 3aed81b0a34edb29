/// Reports what is known at once, from another thread than the one that asked.
///
/// An engine never calls back from inside a call to it: the caller may hold state that the event would change. What
/// is delivered is one small closure for an utterance or a clause, so that the engines' own bounds are its bound.
final class Delivery: Sendable {
    static let shared = Delivery()
    private final class Parcel: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    private let pool = WorkerPool<Parcel>(name: "speech-out", capacity: .max, bodies: [{ $0.body() }])

    func callAsFunction(_ body: @escaping @Sendable () -> Void) { _ = pool.submit(Parcel(body), as: .awaited) }
}
