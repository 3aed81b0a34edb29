import Synchronization

/// All metrics of the process, kept behind swift-metrics and exported as Prometheus text.
///
/// Making a handler takes a lock; using one takes atomics only, so those who count often keep theirs. The same name with the
/// same labels is the same series. A counter's name gets `_total`, a duration's `_seconds`, where they are missing, and what
/// may not stand in a name becomes `_`. What was not declared is exported all the same, and says so. A metric with other labels
/// or of another kind than declared, and series beyond ``maximumSeries``, are refused: they count nowhere, and
/// `telemetry_refused_series_total` tells.
public final class PrometheusRegistry: Sendable {
    /// Series that are kept at once: every label value makes one.
    public static let maximumSeries = 2_000
    /// The answer's `Content-Type`; Prometheus 3 insists on it.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    enum Series: Sendable {
        case counter(CounterSeries), gauge(GaugeSeries), histogram(HistogramSeries), observed(@Sendable () -> Double)
    }
    private struct Family: Sendable {
        var declaration: MetricDeclaration
        /// By label values, in the order of the declaration.
        var series: [[String]: Series] = [:]
    }
    private struct State: Sendable {
        var families: [String: Family] = [:]
        /// Names as they were declared.
        var order: [String] = []
        var seriesCount = 0
    }
    private let state = Mutex(State())
    private let refused = CounterSeries()

    /// Metrics without labels are exported from the start, so that their first increment is seen.
    /// - Throws: ``MetricDeclarationError`` with every problem.
    public init(_ declarations: [MetricDeclaration] = []) throws(MetricDeclarationError) {
        var problems = declarations.flatMap(\.problems)
        var seen = Set<String>()
        for declaration in declarations where !seen.insert(declaration.name).inserted {
            problems.append("\(declaration.name): declared twice")
        }
        guard problems.isEmpty else { throw MetricDeclarationError(problems: problems) }
        state.withLock { state in
            for declaration in declarations { Self.declare(declaration, in: &state) }
            let own = MetricDeclaration(
                "telemetry_refused_series_total", .counter,
                help: "Metrics refused because their labels or kind were not those declared, or because there were too many.")
            Self.declare(own, in: &state)
            state.families[own.name]?.series[[]] = .counter(refused)
        }
        for declaration in declarations where declaration.labels.isEmpty {
            _ = series(declaration.name, kind: declaration.kind, dimensions: [])
        }
    }

    /// Exports what `read` answers at each scrape. It must not wait; a counter's must never answer less than before.
    public func observe(
        _ name: String, as kind: MetricDeclaration.Kind = .gauge, labels: [(String, String)] = [], read: @escaping @Sendable () -> Double
    ) {
        _ = series(MetricName.sanitised(name), kind: kind, dimensions: labels, make: { .observed(read) })
    }

    /// Everything, as one answer to `GET /metrics`.
    public func render() -> String {
        let families = state.withLock { state in state.order.compactMap { state.families[$0] } }
        var text = ""
        for family in families where !family.series.isEmpty {
            let declaration = family.declaration
            text += "# HELP \(declaration.name) \(PrometheusText.help(declaration.help))\n"
            text += "# TYPE \(declaration.name) \(declaration.kind.word)\n"
            for (values, series) in family.series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                Self.render(series, declaration, values, into: &text)
            }
        }
        return text
    }

    private static func render(_ series: Series, _ declaration: MetricDeclaration, _ values: [String], into text: inout String) {
        let name = declaration.name
        let labels = PrometheusText.labels(declaration.labels, values)
        switch series {
        case .counter(let counter): text += "\(name)\(labels) \(counter.text)\n"
        case .gauge(let gauge): text += "\(name)\(labels) \(gauge.text)\n"
        case .observed(let read): text += "\(name)\(labels) \(PrometheusText.number(read()))\n"
        case .histogram(let histogram):
            let (cumulative, sum) = histogram.snapshot
            let bounds = histogram.bounds.map(PrometheusText.bound) + ["+Inf"]
            for (bound, count) in zip(bounds, cumulative) {
                text += "\(name)_bucket\(PrometheusText.labels(declaration.labels, values, bound: bound)) \(count)\n"
            }
            text += "\(name)_sum\(labels) \(PrometheusText.number(sum))\n"
            text += "\(name)_count\(labels) \(cumulative.last ?? 0)\n"
        }
    }

    private static func declare(_ declaration: MetricDeclaration, in state: inout State) {
        state.families[declaration.name] = Family(declaration: declaration)
        state.order.append(declaration.name)
    }

    /// Finds or makes a series.
    /// - Parameter make: `nil` makes what the declaration's kind asks for.
    /// - Returns: `nil` when it is refused.
    func series(
        _ name: String, kind: MetricDeclaration.Kind, dimensions: [(String, String)], make: (@Sendable () -> Series)? = nil
    ) -> Series? {
        let found: Series? = state.withLock { state in
            if state.families[name] == nil {
                let declaration = MetricDeclaration(name, kind, help: "Not declared.", labels: dimensions.map(\.0))
                guard declaration.problems.isEmpty, state.seriesCount < Self.maximumSeries else { return nil }
                Self.declare(declaration, in: &state)
            }
            guard let family = state.families[name], family.declaration.kind.word == kind.word,
                let values = family.declaration.values(of: dimensions)
            else { return nil }
            if let known = family.series[values] {
                guard let make else { return known }
                // What is observed takes the place of the one that stood for it from the start.
                let series = make()
                state.families[name]?.series[values] = series
                return series
            }
            guard state.seriesCount < Self.maximumSeries else { return nil }
            state.seriesCount += 1
            let series = make?() ?? family.declaration.kind.makeSeries()
            state.families[name]?.series[values] = series
            return series
        }
        if found == nil { refused.increment(by: 1 as Int64) }
        return found
    }
}

extension MetricDeclaration {
    /// The values in the order of the declared labels; `nil` unless there is exactly one for each.
    fileprivate func values(of dimensions: [(String, String)]) -> [String]? {
        guard dimensions.count == labels.count else { return nil }
        let values = labels.compactMap { label in dimensions.first { $0.0 == label }?.1 }
        return values.count == labels.count ? values : nil
    }
}

extension MetricDeclaration.Kind {
    fileprivate var word: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    fileprivate func makeSeries() -> PrometheusRegistry.Series {
        switch self {
        case .counter: .counter(CounterSeries())
        case .gauge: .gauge(GaugeSeries())
        case .histogram(let buckets): .histogram(HistogramSeries(bounds: buckets))
        }
    }
}
