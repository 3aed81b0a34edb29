/// One notice on its way to the receiver.
struct WebhookDelivery: Sendable {
    /// Orders deliveries.
    var sequence: Int
    /// The same for every try.
    var id: String
    var notice: CallbackNotice
    /// Requests that were made for it.
    var tries = 0
    var subject: String { notice.session }
}

/// Which delivery is next: those of one subject in order, one at a time; subjects beside each other, as many at once as there are places.
/// Bounded: one too many drops the oldest that is not under way. Only decides: no clock, no I/O.
struct WebhookQueue: Sendable {
    /// What one subject has waiting.
    private struct Lane {
        enum State: Equatable {
            /// Waits for a place.
            case ready
            /// One of its deliveries is under way.
            case running
            /// Its first delivery failed, and is tried again at that time.
            case resting(until: Duration)
            /// Its first delivery failed, and there is no time left for another try.
            case stranded
        }
        var state = State.ready
        var waiting = Fifo<WebhookDelivery>()
    }
    private struct Place { var sequence: Int, subject: String }

    private let capacity: Int, places: Int
    private var lanes: [String: Lane] = [:]
    /// Subjects that wait for a place; one that does not, or is gone, is passed over.
    private var ready = Fifo<String>()
    /// Deliveries by age; one that is under way, or gone, is passed over.
    private var ages = Fifo<Place>()
    private var nextSequence = 0
    private var running = 0, resting = 0
    private var end: Duration?
    /// Deliveries that are not over, those under way included.
    private(set) var count = 0

    /// - Parameters:
    ///   - capacity: deliveries that are not over; more than `places`.
    ///   - places: deliveries that are under way at once.
    init(capacity: Int, places: Int) { (self.capacity, self.places) = (max(capacity, places + 1), places) }

    /// Nothing is under way, and nothing is going to be.
    var isQuiet: Bool { running == 0 && resting == 0 && !lanes.values.contains { $0.state == .ready } }

    /// - Returns: the delivery that had to make room.
    mutating func add(_ notice: CallbackNotice, id: String) -> WebhookDelivery? {
        let dropped = count >= capacity ? dropOldest() : nil
        nextSequence += 1
        let delivery = WebhookDelivery(sequence: nextSequence, id: id, notice: notice)
        let isNew = lanes[delivery.subject] == nil
        lanes[delivery.subject, default: Lane()].waiting.append(delivery)
        if isNew { ready.append(delivery.subject) }
        ages.append(Place(sequence: delivery.sequence, subject: delivery.subject))
        count += 1
        tidy()
        return dropped
    }

    /// Takes the next delivery, if there is a place: it is under way until ``finish(_:)`` or ``rest(_:until:)``.
    mutating func next() -> WebhookDelivery? {
        guard running < places else { return nil }
        while let subject = ready.popFirst() {
            guard lanes[subject]?.state == .ready, let delivery = lanes[subject]?.waiting.popFirst() else { continue }
            lanes[subject]?.state = .running
            running += 1
            return delivery
        }
        return nil
    }

    /// It is over, whether it arrived or not.
    mutating func finish(_ delivery: WebhookDelivery) {
        running -= 1
        count -= 1
        goOn(delivery.subject)
    }

    /// It is tried again later, before all that its subject has waiting.
    mutating func rest(_ delivery: WebhookDelivery, until time: Duration) {
        running -= 1
        let isStranded = end.map { time > $0 } ?? false
        if !isStranded { resting += 1 }
        lanes[delivery.subject]?.waiting.prepend(delivery)
        lanes[delivery.subject]?.state = isStranded ? .stranded : .resting(until: time)
        ages.prepend(Place(sequence: delivery.sequence, subject: delivery.subject))
    }

    /// - Parameter time: as it was said to ``rest(_:until:)``: another rest is not ended.
    /// - Returns: whether it was that one.
    mutating func rested(_ subject: String, until time: Duration) -> Bool {
        guard lanes[subject]?.state == .resting(until: time) else { return false }
        resting -= 1
        goOn(subject)
        return true
    }

    /// From now on nothing rests for longer than that: there is no time left for it.
    mutating func close(at end: Duration) {
        self.end = end
        for (subject, lane) in lanes {
            guard case .resting(let time) = lane.state, time > end else { continue }
            lanes[subject]?.state = .stranded
            resting -= 1
        }
    }

    private mutating func goOn(_ subject: String) {
        if lanes[subject]?.waiting.isEmpty ?? true {
            lanes[subject] = nil
        } else {
            lanes[subject]?.state = .ready
            ready.append(subject)
        }
    }

    private mutating func dropOldest() -> WebhookDelivery? {
        while let oldest = ages.popFirst() {
            // Of what a subject has waiting, the first is the oldest.
            guard lanes[oldest.subject]?.waiting.first?.sequence == oldest.sequence, let lane = lanes[oldest.subject],
                let dropped = lanes[oldest.subject]?.waiting.popFirst()
            else { continue }
            count -= 1
            switch lane.state {
            case .running: break
            case .ready: if lane.waiting.count == 1 { lanes[oldest.subject] = nil }
            // The rest was for this one.
            case .resting:
                resting -= 1
                goOn(oldest.subject)
            case .stranded: goOn(oldest.subject)
            }
            return dropped
        }
        return nil
    }

    /// What is passed over does not pile up.
    private mutating func tidy() {
        if ages.count > 2 * capacity + 64 || ready.count > 2 * capacity + 64 {
            let waiting = lanes.values.flatMap(\.waiting.all).sorted { $0.sequence < $1.sequence }
            ages = Fifo(waiting.map { Place(sequence: $0.sequence, subject: $0.subject) })
            var seen = Set<String>()
            ready = Fifo(waiting.map(\.subject).filter { lanes[$0]?.state == .ready && seen.insert($0).inserted })
        }
    }
}
