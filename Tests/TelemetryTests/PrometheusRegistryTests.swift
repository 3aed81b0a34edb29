import CoreMetrics
import Testing
import Telemetry

@Suite("Metrics leave as Prometheus text 0.0.4")
struct PrometheusRegistryTests {
    let declarations = [
        MetricDeclaration("gateway_calls_total", .counter, help: "Calls, by outcome.", labels: ["carrier", "result"]),
        MetricDeclaration("gateway_active_calls", .gauge, help: "Calls in progress."),
        MetricDeclaration(
            "gateway_turn_latency_seconds", .histogram(buckets: [0.5, 1, 2]), help: "Last voiced frame to first audible reply frame.",
            labels: ["carrier"]),
    ]

    @Test("a whole answer, line by line")
    func whole() throws {
        let registry = try PrometheusRegistry(declarations)
        Counter(label: "gateway_calls", dimensions: [("result", "ok"), ("carrier", "twilio")], factory: registry).increment(by: 12)
        Meter(label: "gateway_active_calls", factory: registry).set(3)
        let latency = Timer(label: "gateway_turn_latency", dimensions: [("carrier", "twilio")], factory: registry)
        for milliseconds in [250, 500, 750, 2_500] as [Int64] { latency.recordMilliseconds(milliseconds) }
        #expect(
            registry.render() == """
                # HELP gateway_calls_total Calls, by outcome.
                # TYPE gateway_calls_total counter
                gateway_calls_total{carrier="twilio",result="ok"} 12
                # HELP gateway_active_calls Calls in progress.
                # TYPE gateway_active_calls gauge
                gateway_active_calls 3
                # HELP gateway_turn_latency_seconds Last voiced frame to first audible reply frame.
                # TYPE gateway_turn_latency_seconds histogram
                gateway_turn_latency_seconds_bucket{carrier="twilio",le="0.5"} 2
                gateway_turn_latency_seconds_bucket{carrier="twilio",le="1.0"} 3
                gateway_turn_latency_seconds_bucket{carrier="twilio",le="2.0"} 3
                gateway_turn_latency_seconds_bucket{carrier="twilio",le="+Inf"} 4
                gateway_turn_latency_seconds_sum{carrier="twilio"} 4
                gateway_turn_latency_seconds_count{carrier="twilio"} 4
                # HELP telemetry_refused_series_total Metrics refused because their labels or kind were not those declared, or because \
                there were too many.
                # TYPE telemetry_refused_series_total counter
                telemetry_refused_series_total 0

                """)
        #expect(ExpositionChecker(registry.render()).problems == [])
    }

    @Test("what has no labels is there before its first increment; what has appears with it")
    func zeroes() throws {
        let answer = ExpositionChecker(try PrometheusRegistry(declarations).render())
        #expect(answer.value("gateway_active_calls") == 0)
        #expect(answer.types["gateway_calls_total"] == nil)
    }

    @Test("labels and help survive whatever they hold", arguments: ["plain", #"a"b"#, #"back\slash"#, "two\nlines", "", "Zürich ☎"])
    func escaping(_ text: String) throws {
        let registry = try PrometheusRegistry([MetricDeclaration("calls_total", .counter, help: text, labels: ["city"])])
        Counter(label: "calls_total", dimensions: [("city", text)], factory: registry).increment()
        let answer = ExpositionChecker(registry.render())
        #expect(answer.problems == [])
        #expect(answer.value("calls_total", ["city": text]) == 1)
    }

    @Test("the same name and labels are one series, whatever the order of the labels")
    func oneSeries() throws {
        let registry = try PrometheusRegistry(declarations)
        Counter(label: "gateway_calls_total", dimensions: [("carrier", "t"), ("result", "ok")], factory: registry).increment()
        Counter(label: "gateway_calls_total", dimensions: [("result", "ok"), ("carrier", "t")], factory: registry).increment()
        #expect(ExpositionChecker(registry.render()).value("gateway_calls_total", ["carrier": "t", "result": "ok"]) == 2)
    }

    @Test("other labels than declared, or another kind, are refused and counted")
    func refused() throws {
        let registry = try PrometheusRegistry(declarations)
        Counter(label: "gateway_calls_total", dimensions: [("call", "CA123"), ("result", "ok")], factory: registry).increment()
        Counter(label: "gateway_calls_total", dimensions: [], factory: registry).increment()
        Timer(label: "gateway_active_calls", factory: registry).recordSeconds(1)  // another name: gateway_active_calls_seconds
        Recorder(label: "gateway_active_calls", factory: registry).record(1)
        let answer = ExpositionChecker(registry.render())
        #expect(answer.value("telemetry_refused_series_total") == 3)
        #expect(!registry.render().contains("CA123"))
        #expect(answer.problems == [])
    }

    @Test("what was not declared is exported under a valid name, and says so")
    func undeclared() throws {
        let registry = try PrometheusRegistry()
        Counter(label: "http.requests", dimensions: [("code", "200")], factory: registry).increment(by: 2)
        Timer(label: "db-write", factory: registry).recordMilliseconds(3)
        FloatingPointCounter(label: "dollars", factory: registry).increment(by: 0.5)
        let answer = ExpositionChecker(registry.render())
        #expect(answer.problems == [])
        #expect(answer.value("http_requests_total", ["code": "200"]) == 2)
        #expect(answer.value("db_write_seconds_sum") == 0.003)
        #expect(answer.value("dollars_total") == 0.5)
    }

    @Test("an observed gauge is read at each scrape")
    func observed() throws {
        let registry = try PrometheusRegistry()
        registry.observe("process_open_fds") { 42 }
        #expect(ExpositionChecker(registry.render()).value("process_open_fds") == 42)
    }

    @Test("a declared gauge, which stands from the start, is read as soon as it is observed")
    func observedAfterDeclaration() throws {
        let registry = try PrometheusRegistry([MetricDeclaration("calls_active", .gauge, help: "Calls.")])
        registry.observe("calls_active") { 7 }
        #expect(ExpositionChecker(registry.render()).value("calls_active") == 7)
    }

    @Test("what is observed may be a counter, and is typed as one")
    func observedCounter() throws {
        let registry = try PrometheusRegistry([MetricDeclaration("ticks_total", .counter, help: "Ticks.")])
        registry.observe("ticks_total", as: .counter) { 7 }
        #expect(ExpositionChecker(registry.render()).types["ticks_total"] == "counter")
        #expect(ExpositionChecker(registry.render()).value("ticks_total") == 7)
    }

    @Test(
        "conventions: a help sentence, base units, a unit for every histogram",
        arguments: [
            (MetricDeclaration("a_seconds", .histogram(buckets: [1]), help: "Fine."), 0), (MetricDeclaration("a_bytes_total", .counter, help: "Fine."), 0),
            (MetricDeclaration("a", .gauge, help: "Fine."), 0), (MetricDeclaration("a", .gauge, help: ""), 1),
            (MetricDeclaration("a", .gauge, help: "No sentence"), 1),
            (MetricDeclaration("a", .histogram(buckets: [1]), help: "No unit."), 1), (MetricDeclaration("a_ms", .gauge, help: "No base unit."), 1),
            (MetricDeclaration("a_ms_total", .counter, help: "No base unit."), 1), (MetricDeclaration("a_kilobytes", .gauge, help: "No base unit."), 1),
        ])
    func conventions(declaration: MetricDeclaration, problems: Int) { #expect(declaration.conventionProblems.count == problems) }

    @Test("series are bounded, and those beyond are counted")
    func bounded() throws {
        let registry = try PrometheusRegistry([MetricDeclaration("x_total", .counter, help: "x", labels: ["n"])])
        for number in 0..<PrometheusRegistry.maximumSeries + 5 {
            Counter(label: "x", dimensions: [("n", String(number))], factory: registry).increment()
        }
        let answer = ExpositionChecker(registry.render())
        #expect(answer.samples.filter { $0.name == "x_total" }.count == PrometheusRegistry.maximumSeries)
        #expect(answer.value("telemetry_refused_series_total") == 5)
    }

    @Test(
        "numbers as Go reads them",
        arguments: [
            (0.0, "0"), (-3, "-3"), (0.25, "0.25"), (1e16, "1e+16"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e-7, "1e-07"),
        ])
    func numbers(value: Double, text: String) throws {
        let registry = try PrometheusRegistry()
        Meter(label: "g", factory: registry).set(value)
        #expect(registry.render().contains("\ng \(text)\n"))
    }

    @Test("a histogram takes no value that is not a number")
    func notANumber() throws {
        let registry = try PrometheusRegistry()
        let recorder = Recorder(label: "r", factory: registry)
        for value in [Double.nan, .infinity, -.infinity, 1] { recorder.record(value) }
        let answer = ExpositionChecker(registry.render())
        #expect(answer.value("r_count") == 1 && answer.value("r_sum") == 1)
    }

    @Test("a value at a bound belongs to it: le is at most", arguments: [(0.5, 1.0), (0.500001, 0.0), (-7, 1.0)])
    func bounds(value: Double, atMostHalf: Double) throws {
        let registry = try PrometheusRegistry([MetricDeclaration("r", .histogram(buckets: [0.5]), help: "r")])
        Recorder(label: "r", factory: registry).record(value)
        #expect(ExpositionChecker(registry.render()).value("r_bucket", ["le": "0.5"]) == atMostHalf)
    }

    @Test("nothing is lost when many count at once, and every scrape in between is sound")
    func concurrent() async throws {
        let registry = try PrometheusRegistry(declarations)
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    let calls = Counter(label: "gateway_calls_total", dimensions: [("carrier", "c"), ("result", "ok")], factory: registry)
                    let latency = Timer(label: "gateway_turn_latency_seconds", dimensions: [("carrier", "c")], factory: registry)
                    for step in 0..<5_000 {
                        calls.increment()
                        latency.recordNanoseconds(Int64(step % 4) * 750_000_000)
                        if step % 1_000 == worker { #expect(ExpositionChecker(registry.render()).problems == []) }
                    }
                }
            }
        }
        let answer = ExpositionChecker(registry.render())
        #expect(answer.value("gateway_calls_total", ["carrier": "c", "result": "ok"]) == 40_000)
        #expect(answer.value("gateway_turn_latency_seconds_count", ["carrier": "c"]) == 40_000)
        #expect(answer.value("gateway_turn_latency_seconds_sum", ["carrier": "c"]) == 40_000 * 1.125)
    }
}

@Suite("A declaration that cannot be exported is refused, all problems at once")
struct MetricDeclarationTests {
    @Test(
        "problems",
        arguments: [
            (MetricDeclaration("calls", .counter, help: ""), 1), (MetricDeclaration("2calls_total", .counter, help: ""), 1),
            (MetricDeclaration("calls:rate_total", .counter, help: ""), 1), (MetricDeclaration("calls_total", .gauge, help: ""), 1),
            (MetricDeclaration("x", .gauge, help: "", labels: ["a-b", "__c", "le", "d", "d"]), 4),
            (MetricDeclaration("x", .histogram(buckets: []), help: ""), 1),
            (MetricDeclaration("x", .histogram(buckets: [2, 1]), help: ""), 1),
            (MetricDeclaration("x", .histogram(buckets: [1, .infinity]), help: ""), 1),
            (MetricDeclaration("calls_total", .counter, help: "", labels: ["carrier"]), 0),
        ])
    func problems(_ declaration: MetricDeclaration, count: Int) {
        #expect(declaration.problems.count == count, "\(declaration.problems)")
    }

    @Test("together, and a name only once")
    func together() {
        let twice = MetricDeclaration("x", .gauge, help: "")
        let error = #expect(throws: MetricDeclarationError.self) {
            try PrometheusRegistry([twice, twice, MetricDeclaration("calls", .counter, help: "")])
        }
        #expect(error?.problems == ["calls: a counter's name ends in _total", "x: declared twice"])
    }
}
